"""What plug-ins and samples there are; the page draws its choices from it."""
