"""Words by which column names announce personal data, in the languages of our users, and frequent given names."""
# ruff: noqa: E501 - alternatives of one expression stay on one line

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def plain_words(name: str) -> str:
    """A column name as plain words: accents gone, parts set apart, one space around each.

    >>> plain_words("kundenEMail_Adresse"), plain_words("Téléphone")
    (' kunden email adresse ', ' telephone ')
    """
    spaced = _CAMEL.sub(" ", name.replace("EMail", "Email").replace("E-Mail", "Email").replace("e-mail", "email"))
    folded = unicodedata.normalize("NFKD", spaced.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    letters = "".join(c for c in folded if not unicodedata.combining(c)).casefold()
    parts = re.sub(r"[^\w]+|_", " ", letters).strip()
    return f" {parts} "


def _any(text: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{'|'.join(text.split())}) ".replace("~", " ?"))


LOOSE_NAME: Final = re.compile(
    r" (?:names?|person|contact|who|nom|noms|nome|nombre|naam|namn|navn|jmeno|nimi|author|customer|client|kunde|patient) "
)
"""Words by which a column may hold names of people; the values have to agree."""
NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    "email": _any("e?mails? mail correo correio courriel epost email~address email~adresse email~addr posta"),
    "phone": _any(
        "phones? phone~n(?:o|r|umber) tel telephone telefon(?:e|o|nummer)? telefoon(?:nummer)? mobile? mobil(?:e|nummer)"
        " cell(?:phone)? handy(?:nummer)? celular movil portable puhelin(?:numero)? telefono cellulare fax gsm msisdn"
        " contact~number whatsapp telefonnr tlf"
    ),
    "person_name": _any(
        "first~name last~name middle~name given~name family~name full~name sur~?name fore~?name maiden~name nick~?name"
        " vor~?name nach~?name familien~?name prenoms? nom~de~famille apellidos? sobrenome cognome"
        " voornaam achternaam fornavn etternavn efternamn fornamn etunimi sukunimi imie nazwisko prijmeni"
        " customer~name client~name patient~name employee~name person~name contact~name contact~person applicant~name"
        " cardholder(?:~name)? holder~name user~?full~?name passenger~name student~name member~name kundenname"
        " ansprechpartner patientenname mitarbeiter(?:name)? account~holder beneficiary~name fname lname owner~name doctor~name"
        " insured~name guest~name driver~name sender~name recipient~name"
    ),
    "birth_date": _any(
        "birth~?date date~of~birth dob birth~?day born(?:~on)? birth geburtstag geburtsdatum geb~datum date~de~naissance"
        " naissance date~naissance fecha~(?:de~)?nacimiento nacimiento data~di~nascita nascita data~(?:de~)?nascimento"
        " nascimento geboorte~?datum fodselsdato fodelsedatum fodelsedag syntymaaika data~urodzenia urodzenia"
        " datum~narozeni dt~nasc bday"
    ),
    "address": _any(
        "address(?:~line)?(?:~\\d)? street(?:~address)? strasse str adresse anschrift wohnadresse rue voie direccion"
        " domicilio indirizzo via endereco rua logradouro adres straat adress gata osoite ulica home~address"
        " mailing~address postal~address shipping~address billing~address residence addr strasse~hausnummer calle"
        " adresse~postale"
    ),
    "card": _any("credit~?card card~n(?:o|r|umber) cc~?n(?:um|umber|o)? pan card kreditkarte(?:nnummer)? carte"
                 " tarjeta carta kartennummer numero~tarjeta"),
    "account": _any("iban bank~?account account~n(?:o|r|umber) kontonummer konto~?n(?:r|ummer) cuenta~bancaria"
                    " numero~(?:de~)?compte rib bankverbindung conto~corrente conta~bancaria rekeningnummer clabe"),
    "identity": _any(
        "ssn social~security(?:~n(?:o|r|umber|um))? national~id(?:entity)?(?:~number)? nino ni~number nir"
        " numero~(?:de~)?securite~sociale"
        " dni nie nif cpf bsn burgerservicenummer pesel person~?nummer personnr codice~fiscale aadhaar aadhar"
        " steuer~?id(?:entifikationsnummer)? idnr sozialversicherungsnummer svnr ahv(?:~nummer)? hetu"
        " henkilotunnus fodselsnummer tckn tc~kimlik~no tax~id tin id~card(?:~number)? sin nhs~number nhs curp"
        " identity~number insurance~number rut rg resident~id id~number~national"
    ),
    "document": _any(
        "passport(?:~n(?:o|r|umber))? reisepass(?:nummer)? passeport pasaporte passaporto passaporte"
        " driver~?s?~licen[cs]e(?:~n(?:o|r|umber))? driving~licen[cs]e(?:~n(?:o|r|umber))? fuhrerschein(?:nummer)?"
        " permis~de~conduire ausweis(?:nummer)? personalausweis(?:nummer)? licen[cs]e~plate plate~number kennzeichen immatriculation number~plate matricula targa"
    ),
    "ip_address": _any("ip ip~addr(?:ess)? client~ip remote~addr(?:ess)? ip~adresse source~ip user~ip host~ip"),
    "device": _any("imei mac mac~addr(?:ess)? device~mac"),
}  # fmt: skip
"""Kind of personal data -> what a column name says of it."""

THINGS: Final = re.compile(
    r" (?:products?|produkt|produit|producto|prodotto|produto|item|article|artikel|company|firm|firma|entreprise|empresa"
    r"|azienda|organi[sz]ation|org|employer|brand|marke|marque|marca|model|file|datei|fichier|team|species|city|stadt"
    r"|ville|ciudad|citta|cidade|town|place|ort|country|land|pays|pais|state|region|county|station|store|shop|event"
    r"|class|category|kategorie|column|field|table|project|campaign|course|school|university|hospital|hotel|restaurant"
    r"|movie|film|book|title|titel|song|album|game|app|domain|host|server|device|street|department|abteilung|job|role"
    r"|position|color|colour|farbe|drug|disease|plant|animal|dish|feature|metric|group|segment|vendor|supplier|airline"
    r"|airport|ship|vessel|vehicle|port|river|mountain|web|site|url|page|process|sensor|variable|plan|tariff|bank"
    r"|branch|agency|agent~type|language|currency|species) "
)  # fmt: skip
"""Words that make a "name" the name of a thing."""

GIVEN: Final = frozenset(
    """aaron abdul abdullah adam adrian agnes agnieszka ahmed aino aisha akira alan albert alberto alejandra alejandro
    aleksandra alessandra alessandro alessia alex alexander alexandra alexandre alexis alfred ali alice alicia alina
    alison amanda amelia amelie amina amir amit amy ana andre andrea andreas andrei andrew andrzej angela angelina anita
    anja ann anna anne annette annika antoine anton antonia antonio anu arjun arthur arturo ashley astrid audrey august
    aurora ava axel barbara beatrice beatriz ben benjamin bernard bernd bianca birgit bjorn bob bogdan brandon brenda
    brian brigitte bruno camila camille carl carla carlo carlos carmen carol carolina caroline catarina catherine
    cecilia charles charlotte chen chiara chloe chris christian christina christine christoph christopher clara claire
    claude claudia claus clement constance craig cristina cynthia dagmar damian daniel daniela danielle dariusz david
    deborah deepak denise dennis diana diego dieter dimitri dirk dmitri dominik donald donna dorothy dylan edgar eduard
    eduardo edward eero einar elena eleni eliana elias elif elisa elisabeth elizabeth ella ellen elsa emil emilia emilie
    emily emine emma emmanuel enrico enzo eric erica erik erika ernst esther ethan eugene eva evelyn ewa fabian fabio
    farid fatima fatma federica federico felix fernanda fernando filip filippo florian franca francesca francesco
    francis francisco franck francois frank frantisek franz fred freya friedrich gabriel gabriela gabriele gary
    genevieve georg george georges gerald gerard gerhard giorgia giorgio giovanni giulia giuseppe gonzalo grace greta
    gregory grzegorz guillaume gunther gustav hana hannah hans harald haruto harry hassan heather hector heidi heike
    heinrich helen helena helene helga henri henrik henry herbert hiroshi holger hugo hui huseyin ian ibrahim ida
    ignacio igor ines ingrid irene irina iris isabel isabella isabelle ivan jack jacek jacob jacqueline jacques jakob
    jakub james jan jana jane janet jason javier jean jeffrey jennifer jens jessica jesus jim jing joan joana joao
    joaquin joe joel johan johann johanna johannes john jonas jonathan jorge jose josef joseph joshua juan juana juha
    juhani julia julian juliana julie julien jun jurgen justin kaisa kamil karen karin karl karolina katarina katarzyna
    kate katharina katherine kathleen katja kavita keiko keith kenji kenneth kerstin kevin khalid kim kirsten klara
    klaus kristin krzysztof kumar kyle lars laura lauren laurent lea leila lena leo leon leonardo leonie leticia lei li
    liam lidia lily lin linda linnea lisa liu logan lorenzo louis louise luca lucas lucia luciana lucie lucy ludwig
    luigi luis luisa lukas luke madison magdalena magnus maja malgorzata manfred manuel manuela marc marcel marcelo
    marcin marco marcos marek margaret margarita maria mariana marie marina mario marion mark marko markus marta martha
    martin martina martine mary maryam masha mateo mateusz mathieu mathilde matilda matteo matthew matthias matti
    maurice max maximilian megan mehmet mei melissa mia michael michal michel michele michelle miguel mika mikael mike
    mikhail mikko milan mila min miriam mohamed mohammad mohammed monica monika morgan muhammad mustafa nadia nadine
    nancy naomi natalia natalie natasha nathalie nathan neha niamh nicholas nick nicolas nicole niklas nikolai nina noah
    noel noemi nora norbert oksana olaf ole oleg olga olivia olivier oscar oskar otto pablo paola paolo pascal patricia
    patrick patrik paul paula paulina paulo pavel pedro peng per peter petr petra philip philipp philippe pierre pietro
    pilar piotr priya rachel radek rafael rahul rainer raj rajesh ralf ramon raquel ravi raymond rebecca regina renata
    rene ricardo riccardo richard rita robert roberto robin rodrigo roger roland roman ronald rosa rose ruth ryan sabine
    sakura sally salma salvatore sam samantha samir samuel sandra sanjay sara sarah sasha scott sean sebastian sergei
    sergey sergio shirley silke silvia simon simona simone sofia sofie sonia sophia sophie stefan stefania stefanie
    stephan stephanie stephen steve steven stuart sunita susan susana susanne suzanne sven svetlana sylvia sylvie
    takashi tamara tanja tatiana teresa theo theresa thomas thorsten tim timo timothy tobias tom tomas tomasz tommaso
    tony ulrich ulrike ursula ute uwe valentina valerie vanessa vera veronica veronika vicente victor viktor viktoria
    vincent vincenzo virginia vladimir volker walter wang wei werner wilhelm william willem wolfgang xavier xiao yan
    yann yasmin yasuko yolanda yuki yuri yusuf yves yvonne zahra zeynep zhang zoe zofia zuzana""".split()  # noqa: SIM905 - names read best as running text
)
"""Given names that are frequent somewhere, plain letters. A value is never judged by one of them alone."""
