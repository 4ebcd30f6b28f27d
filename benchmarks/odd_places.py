"""How people of different places write: words, numbers, dates, money, gaps. What the odd files are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Place:
    """Writing habits of one place.

    Attributes:
        encodings: what programs there save in, besides Unicode.
        groups: thousands marks in use.
        dates: strftime formats of numeric dates.
        order: what those formats mean where day and month could be swapped.
        months: names, January first; ``written`` is the form they are used in.
        money: patterns around an amount.
        names: what columns are called: name, town, number, amount, date, note, code, share, time stamp.
    """

    tag: str
    encodings: tuple[str, ...]
    decimal: str
    groups: tuple[str, ...]
    dates: tuple[str, ...]
    order: str | None
    months: tuple[str, ...]
    written: str
    money: tuple[str, ...]
    towns: tuple[str, ...]
    things: tuple[str, ...]
    sentences: tuple[str, ...]
    yes_no: tuple[str, str]
    gaps: tuple[str, ...]
    total: str
    names: tuple[str, ...]
    title: str
    note: str
    keys: tuple[str, ...]


def _w(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


NBSP: Final = "\u00a0"
PLACES: Final = (
    Place(
        "us", ("cp1252",), ".", (",",), ("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y"), "month_first",
        _w("January|February|March|April|May|June|July|August|September|October|November|December"), "{m} {d}, {y}",
        ("${}", "${}", "USD {}", "{} USD"), _w("Boston|San José|Dallas|Cañon City|St. Paul|Nome"),
        _w("desk lamp|chair|café table|shelf|rug|sofa bed"),
        _w("Arrived late, but intact.|Customer asked for résumé|Call back; no answer|fine|5 boxes, one open"),
        ("yes", "no"), ("NA", "N/A", "", "#N/A", "-"), "Total",
        _w("Customer|City|Quantity|Amount|Order Date|Notes|SKU|Share|Updated"),
        "Quarterly Sales Report", "Source: Sales Ledger, preliminary figures", _w("Report|Region|Prepared by|Run date"),
    ),
    Place(
        "uk", ("cp1252", "latin-1"), ".", (",", ""), ("%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y"), "day_first",
        _w("January|February|March|April|May|June|July|August|September|October|November|December"), "{d} {m} {y}",
        ("£{}", "GBP {}", "{} GBP"), _w("London|Leeds|Caffè Nero|Hull|Bath|Zoë House"),
        _w("kettle|teapot|naïve print|mug|tray|clock"),
        _w("Left with neighbour, no. 12|Très bien|ok|Wrong size; returned|see note"),
        ("Yes", "No"), ("n/a", "", "NULL", "?"), "Grand total",
        _w("Client|Town|Qty|Price|Date of sale|Remarks|Ref|Margin|Changed"),
        "Sales by client", "* provisional figures", _w("Report|Office|Author|Period"),
    ),
    Place(
        "de", ("cp1252", "latin-1"), ",", (".", " "), ("%d.%m.%Y", "%d.%m.%y"), "day_first",
        _w("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"), "{d}. {m} {y}",
        ("{} €", "{} EUR", "EUR {}", "€ {}"), _w("München|Köln|Gießen|Lübeck|Görlitz|Ulm"),
        _w("Stuhl|Schränke|Tür|Bücherregal|Teppich|Gefäß"),
        _w("Lieferung verspätet, aber vollständig|Rückruf nötig; dringend|in Ordnung|geprüft|Maße fehlen"),
        ("ja", "nein"), ("k.A.", "#NV", "", "-", "k. A."), "Summe",
        _w("Kunde|Ort|Stückzahl|Betrag|Datum|Bemerkung|Artikelnr|Anteil|Geändert am"),
        "Umsätze nach Kunden", "Quelle: Buchhaltung, vorläufige Zahlen", _w("Bericht|Filiale|Erstellt von|Zeitraum"),
    ),
    Place(
        "ch", ("cp1252",), ".", ("'", "’"), ("%d.%m.%Y",), "day_first",
        _w("Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"), "{d}. {m} {y}",
        ("CHF {}", "{} CHF", "Fr. {}"), _w("Zürich|Genève|Neuchâtel|Bern|Biel/Bienne|Chur"),
        _w("Velo|Büchse|Käse|Müesli|Tasche|Röschti"),
        _w("geliefert, bezahlt|Rückgabe möglich|offen; gemahnt|gut|siehe Rückseite"),
        ("ja", "nein"), ("-", "", "n/a"), "Total",
        _w("Kunde|Ort|Anzahl|Preis|Datum|Hinweis|Nummer|Quote|Stand"),
        "Auszug Verkäufe", "Alle Angaben ohne Gewähr", _w("Kanton|Amt|Bearbeiter|Stand"),
    ),
    Place(
        "fr", ("cp1252", "latin-1"), ",", (NBSP, " "), ("%d/%m/%Y", "%d/%m/%y"), "day_first",
        _w("janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"), "{d} {m} {y}",
        ("{} €", "{} EUR", "{}€"), _w("Besançon|Orléans|Béziers|Nîmes|Lyon|Évry"),
        _w("fauteuil|étagère|théière|bouée|chaîne|crêpière"),
        _w("Livré à l'accueil, étage 3|reçu abîmé; échangé|déjà réglé|très bien|à vérifier"),
        ("oui", "non"), ("n.d.", "", "N/A", "-"), "Total général",
        _w("Client|Ville|Quantité|Montant|Date|Remarque|Référence|Part|Mis à jour"),
        "Ventes par client", "Source : comptabilité, chiffres provisoires", _w("Rapport|Agence|Établi par|Période"),
    ),
    Place(
        "es", ("cp1252", "latin-1"), ",", (".",), ("%d/%m/%Y", "%d-%m-%Y"), "day_first",
        _w("enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"),
        "{d} de {m} de {y}",
        ("{} €", "{} EUR"), _w("Málaga|Córdoba|A Coruña|León|Cáceres|Ibi"),
        _w("sillón|lámpara|paño|cojín|baúl|niño"),
        _w("Entregado con daño, cambiado|llamar mañana; urgente|está bien|señal débil|según contrato"),
        ("sí", "no"), ("s/d", "", "N/A", "-"), "Total",
        _w("Cliente|Ciudad|Cantidad|Importe|Fecha|Observación|Código|Cuota|Actualizado"),
        "Ventas por año", "Fuente: contabilidad", _w("Informe|Región|Autor|Período"),
    ),
    Place(
        "br", ("cp1252", "latin-1"), ",", (".",), ("%d/%m/%Y",), "day_first",
        _w("janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro"),
        "{d} de {m} de {y}",
        ("R$ {}", "R${}"), _w("São Paulo|Brasília|Goiânia|Belém|Maceió|Itu"),
        _w("cadeira|balcão|pão|sofá|colchão|avião"),
        _w("Entregue à portaria, não assinado|sem estoque; avisar|já pago|ótimo|endereço não confere"),
        ("sim", "não"), ("N/D", "", "-"), "Total",
        _w("Cliente|Cidade|Quantidade|Valor|Data|Observação|Código|Taxa|Atualizado"),
        "Relatório de vendas", "Fonte: contabilidade", _w("Relatório|Região|Autor|Período"),
    ),
    Place(
        "it", ("cp1252",), ",", (".",), ("%d/%m/%Y",), "day_first",
        _w("gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre"),
        "{d} {m} {y}",
        ("€ {}", "{} €"), _w("Forlì|Nardò|Roma|Cefalù|Città|Bari"),
        _w("sedia|caffè|tè nero|però|lampada|bidè"),
        _w("Consegna in ritardo, già pagata|qualità ottima; ok|più tardi|perché no|da verificare"),
        ("sì", "no"), ("n.d.", "", "-"), "Totale",
        _w("Cliente|Città|Quantità|Importo|Data|Note|Codice|Quota|Aggiornato"),
        "Vendite per città", "Fonte: contabilità", _w("Rapporto|Sede|Autore|Periodo"),
    ),
    Place(
        "nl", ("cp1252",), ",", (".",), ("%d-%m-%Y", "%d-%m-%y"), "day_first",
        _w("januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"), "{d} {m} {y}",
        ("€ {}", "{} EUR"), _w("Utrecht|Coevorden|IJsselmuiden|Goeree|Breda|Elst"),
        _w("stoel|fiets|coördinator|tafel|reünie|kopje"),
        _w("Op tijd, compleet|bellen; geen gehoor|geïnd|goed|zie coördinatie"),
        ("ja", "nee"), ("onbekend", "", "-", "n.v.t."), "Totaal",
        _w("Klant|Plaats|Aantal|Bedrag|Datum|Opmerking|Code|Aandeel|Gewijzigd"),
        "Verkopen per klant", "Bron: administratie", _w("Rapport|Vestiging|Auteur|Periode"),
    ),
    Place(
        "se", ("cp1252", "latin-1"), ",", (NBSP, " "), ("%Y-%m-%d", "%Y%m%d"), None,
        _w("januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"), "{d} {m} {y}",
        ("{} kr", "{} SEK"), _w("Göteborg|Malmö|Umeå|Växjö|Lund|Örebro"),
        _w("stol|bänk|låda|spår|köksö|fåtölj"),
        _w("Försenad, men hel|återkom; brådskar|färdig|bra|på väg"),
        ("ja", "nej"), ("saknas", "", "-"), "Summa",
        _w("Kund|Ort|Antal|Belopp|Datum|Anmärkning|Artikel|Andel|Ändrad"),
        "Försäljning per kund", "Källa: bokföring", _w("Rapport|Område|Upprättad av|Period"),
    ),
    Place(
        "pl", ("cp1250",), ",", (NBSP, " "), ("%d.%m.%Y", "%Y-%m-%d"), "day_first",
        _w("stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada|grudnia"),
        "{d} {m} {y}",
        ("{} zł", "{} PLN"), _w("Łódź|Kraków|Częstochowa|Wałbrzych|Gdańsk|Białystok"),
        _w("krzesło|stół|łóżko|półka|żyrandol|dywan"),
        _w("Przesyłka opóźniona, cała|proszę zadzwonić; pilne|zapłacono|dobrze|źle zaadresowane"),
        ("tak", "nie"), ("brak", "", "-"), "Razem",
        _w("Klient|Miasto|Ilość|Kwota|Data|Uwagi|Kod|Udział|Zmieniono"),
        "Sprzedaż według klientów", "Źródło: księgowość", _w("Raport|Oddział|Sporządził|Okres"),
    ),
    Place(
        "cz", ("cp1250",), ",", (NBSP, " "), ("%d.%m.%Y",), "day_first",
        _w("ledna|února|března|dubna|května|června|července|srpna|září|října|listopadu|prosince"), "{d}. {m} {y}",
        ("{} Kč", "{} CZK"), _w("Plzeň|České Budějovice|Třebíč|Kroměříž|Brno|Děčín"),
        _w("židle|stůl|skříň|křeslo|kobereček|lžíce"),
        _w("Zásilka zpožděná, ale celá|zavolat později; spěchá|zaplaceno včas|výborně|nepřevzato"),
        ("ano", "ne"), ("není", "", "-"), "Celkem",
        _w("Zákazník|Město|Množství|Částka|Datum|Poznámka|Kód|Podíl|Změněno"),
        "Prodeje podle zákazníků", "Zdroj: účetnictví", _w("Zpráva|Pobočka|Vypracoval|Období"),
    ),
    Place(
        "hu", ("cp1250",), ",", (NBSP, " "), ("%Y.%m.%d.", "%Y.%m.%d", "%Y-%m-%d"), None,
        _w("január|február|március|április|május|június|július|augusztus|szeptember|október|november|december"),
        "{y}. {m} {d}.",
        ("{} Ft", "{} HUF"), _w("Győr|Pécs|Székesfehérvár|Kőszeg|Szeged|Hódmezővásárhely"),
        _w("szék|fűrész|hűtő|könyv|tükör|bőrönd"),
        _w("Késve, de hiánytalanul|visszahívást kér; sürgős|fizetve időben|jó minőségű|nem vették át"),
        ("igen", "nem"), ("nincs", "", "-"), "Összesen",
        _w("Ügyfél|Város|Mennyiség|Összeg|Dátum|Megjegyzés|Kód|Részarány|Módosítva"),
        "Eladások ügyfelenként", "Forrás: könyvelés", _w("Jelentés|Fiók|Készítette|Időszak"),
    ),
    Place(
        "ru", ("cp1251", "koi8-r"), ",", (NBSP, " "), ("%d.%m.%Y", "%d.%m.%y"), "day_first",
        _w("января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"), "{d} {m} {y}",
        ("{} руб.", "{} RUB"), _w("Москва|Казань|Омск|Новосибирск|Тверь|Пермь"),
        _w("стул|стол|лампа|шкаф|ковёр|диван"),
        _w("Доставлено с опозданием, всё цело|перезвонить; срочно|оплачено|хорошо|не подходит"),
        ("да", "нет"), ("нет данных", "", "-"), "Итого",
        _w("Клиент|Город|Количество|Сумма|Дата|Примечание|Артикул|Доля|Изменено"),
        "Продажи по клиентам", "Источник: бухгалтерия", _w("Отчёт|Филиал|Составил|Период"),
    ),
    Place(
        "gr", ("cp1253",), ",", (".",), ("%d/%m/%Y",), "day_first",
        _w("Ιανουαρίου|Φεβρουαρίου|Μαρτίου|Απριλίου|Μαΐου|Ιουνίου|Ιουλίου|Αυγούστου|Σεπτεμβρίου|Οκτωβρίου|Νοεμβρίου|"
           "Δεκεμβρίου"), "{d} {m} {y}",
        ("{} EUR", "{}€"), _w("Αθήνα|Πάτρα|Λάρισα|Βόλος|Χανιά|Καβάλα"),
        _w("καρέκλα|τραπέζι|λάμπα|ντουλάπα|χαλί|καναπές"),
        _w("Παραδόθηκε αργά, ακέραιο|να καλέσω; επείγον|πληρώθηκε|καλό|δεν ταιριάζει"),
        ("ναι", "όχι"), ("-", ""), "Σύνολο",
        _w("Πελάτης|Πόλη|Ποσότητα|Ποσό|Ημερομηνία|Σχόλιο|Κωδικός|Ποσοστό|Ενημέρωση"),
        "Πωλήσεις ανά πελάτη", "Πηγή: λογιστήριο", _w("Αναφορά|Κατάστημα|Συντάκτης|Περίοδος"),
    ),
    Place(
        "tr", ("cp1254",), ",", (".",), ("%d.%m.%Y",), "day_first",
        _w("Ocak|Şubat|Mart|Nisan|Mayıs|Haziran|Temmuz|Ağustos|Eylül|Ekim|Kasım|Aralık"), "{d} {m} {y}",
        ("{} TL", "₺{}"), _w("İstanbul|Şırnak|Iğdır|Muğla|Diyarbakır|Çanakkale"),
        _w("sandalye|ışık|şişe|dağ|çanta|yağlık"),
        _w("Geç kaldı, ama sağlam|aranacak; acil işi var|ödendi kısmen|iyi değil|yanlış adres"),
        ("evet", "hayır"), ("yok", "", "-"), "Toplam",
        _w("Müşteri|Şehir|Sayı|Tutar|Tarih|Açıklama|Kod|Pay|Güncelleme"),
        "Müşteri satışları", "Kaynak: muhasebe kayıtları", _w("Rapor|Şube|Hazırlayan kişi|Dönem"),
    ),
    Place(
        "jp", ("cp932",), ".", (",",), ("%Y/%m/%d", "%Y-%m-%d"), None,
        tuple(f"{number}月" for number in range(1, 13)), "{y}年{m}{d}日",
        ("¥{}", "{}円"), _w("東京|大阪市|札幌|名古屋|京都|福岡"),
        _w("椅子|机|照明|本棚|絨毯|時計"),
        _w("配達が遅れました、破損なし|電話してください|支払い済み|良い|サイズが違います"),
        ("はい", "いいえ"), ("-", "", "なし"), "合計",
        _w("顧客|都市|数量|金額|日付|備考|商品番号|割合|更新日時"),
        "顧客別売上", "出典：経理部", _w("報告|支店|作成者|期間"),
    ),
    Place(
        "cn", ("gb18030", "gbk"), ".", (",",), ("%Y-%m-%d", "%Y/%m/%d"), None,
        tuple(f"{number}月" for number in range(1, 13)), "{y}年{m}{d}日",
        ("¥{}", "{}元", "CNY {}"), _w("北京|上海市|广州|深圳|成都|重庆"),
        _w("椅子|桌子|灯具|书架|地毯|时钟"),
        _w("送货迟到，没有损坏|请回电话|已经付款|很好|尺寸不对"),
        ("是", "否"), ("-", "", "无"), "总计",
        _w("客户|城市|数量|金额|日期|备注|商品编号|比例|更新时间"),
        "客户销售报表", "来源：财务部", _w("报告|分店|制表人|期间"),
    ),
)  # fmt: skip
