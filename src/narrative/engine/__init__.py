"""The engine: tables in, values out. It knows no server, no database, no user and no port."""
