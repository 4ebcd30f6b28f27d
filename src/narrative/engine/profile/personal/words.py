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
    r" (?:names?|person|contact|who|nom|noms|nome|nombre|naam|namn|navn|jmeno|nimi|author|customer|client|kunde"
    r"|patient|student|employee|doctor|physician|manager|teacher|driver|owner|tenant|member|guest|user|staff|supervisor"
    r"|applicant|candidate|beneficiary|given|mitarbeiter|arzt|empleado|employe|paciente|medico|alumno|coach|captain) "
)
"""Words by which a column may hold names of people; the values have to agree."""
NAMES: Final[Mapping[str, re.Pattern[str]]] = {
    "email": _any("e?mails? mail correo correio courriel epost email~address email~adresse email~addr posta"),
    "phone": _any(
        "phones? phone~n(?:o|r|umber) tel telephone telefon(?:e|o|nummer)? telefoon(?:nummer)? mobile? mobil(?:e|nummer)"
        " cell(?:phone)? handy(?:nummer)? celular movil portable puhelin(?:numero)? telefono cellulare fax gsm msisdn"
        " contact~n(?:o|r|um|umber) whatsapp telefonnr tlf"
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
        "birth~?date date~of~birth dob birth~?day born(?:~on)? birth geburtstag geburtsdatum geb~dat(?:um)? date~de~naissance"
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
        " identity~number insurance~number tax~n(?:o|r|umber) steuer~?nummer rut rg resident~id id~number~national"
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
    """aarav aaron abdul abdullah adaeze adam aditya adrian agnes agnieszka agus ahmad ahmed aino aisha akira akua alan
    albert alberto alejandra alejandro aleksandra aleksei alessandra alessandro alessia alex alexander alexandra
    alexandre alexis alfred ali alice alicia alina alison ama amanda amara amelia amelie amina aminata amir amit amy ana
    ananya anastasia andre andrea andreas andreea andrei andrew andrzej angela angelina anh anil anita anja ann anna
    anne annette annika ante antoine anton antonia antonio anu arjun arthur arturo arun ashley ashok astrid audrey
    august aurora ava avi awa axel ayumi aziz barbara beatrice beatriz ben benjamin bernard bernd bianca bilal binta
    birgit bjorn bob bogdan brandon brenda brian brigitte bruno budi camila camille carl carla carlo carlos carmen carol
    carolina caroline catarina catherine cecilia chaim charles charlotte chen chiara chidi chinedu chloe chris christian
    christina christine christoph christopher claire clara claude claudia claus clement constance craig cristina cynthia
    dagmar damian daniel daniela danielle dariusz david deborah deepak deepika denise dennis dewi diana diego dieter
    dimitri dimitris dirk divya dmitri dmitry dominik donald donna dorothy dragan dylan edgar eduard eduardo edward eero
    einar ekaterina elena eleni eliana elias elif elisa elisabeth elizabeth ella ellen elsa emeka emi emil emilia emilie
    emily emine emma emmanuel enrico enzo eric erica erik erika ernst esther eszter ethan eugene eva evelyn ewa fabian
    fabio farid fatima fatma fatou federica federico felix ferenc fernanda fernando filip filippo florian franca
    francesca francesco francis francisco franck francois frank frantisek franz fred freya friedrich gabor gabriel
    gabriela gabriele ganesh gary geeta genevieve georg george georges gerald gerard gerhard giorgia giorgio giorgos
    giovanni giulia giuseppe gonzalo goran grace gregory greta grzegorz guillaume gunther gustav hamza hana hannah hans
    harald harish harry haruto hassan heather hector heidi heike heinrich helen helena helene helga henri henrik henry
    herbert hiroshi hoa holger hong hossein hugo hui huong huseyin hyun ian ibrahim ibrahima ida ignacio igor imran ines
    ingrid ioana ioannis ion irene irina iris isabel isabella isabelle ishaan istvan ivan ivana jacek jack jacob
    jacqueline jacques jakob jakub jamal james jan jana jane janet janos jason javier jean jeffrey jelena jennifer jens
    jessica jesus ji jie jim jin jing joan joana joao joaquin joe joel johan johann johanna johannes john jonas jonathan
    jorge jose josef joseph joshua josip juan juana juha juhani julia julian juliana julie julien juma jun jurgen justin
    kaisa kamil karen karim karin karl karolina katalin katarina katarzyna kate katerina katharina katherine kathleen
    katja kavita keiko keith kenji kenneth kenta kerstin kevin khadija khalid kim kiran kirsten klara klaus kofi kristin
    krzysztof kumar kwame kyle lakshmi lan lars laszlo laura lauren laurent layla lea lei leila lena leo leon leonardo
    leonie lerato leticia leyla li liam lidia lily lin linda ling linh linnea lisa liu logan lorenzo louis louise luca
    lucas lucia luciana lucie lucy ludwig luigi luis luisa luka lukas luke madison magdalena magnus maja maksim malee
    malgorzata mamadou manfred manoj manuel manuela marc marcel marcelo marcin marco marcos marek margaret margarita
    maria mariana marie marija marina mario marion mark marko markus marta martha martin martina martine mary maryam
    masha mateo mateusz mathieu mathilde matilda matteo matthew matthias matti maurice max maximilian meera megan mehmet
    mei melissa mia michael michal michel michele michelle miguel mihai mika mikael mike mikhail mikko mila milan milica
    min ming minh miriam mohamed mohammad mohammed mohan monica monika morgan moshe moussa muhammad mustafa mykola na
    nadia nadine nadir nancy naoki naomi nasrin natalia natalie natasha nathalie nathan neha nga ngozi niamh nicholas
    nick nicolas nicole niklas nikola nikolai nikolay nikos nina nisha noah noam noel noemi nora norbert nurul obi
    oksana olaf ole oleg olga olivia olivier omar oscar oskar otieno otto ousmane pablo paola paolo parisa pascal
    patricia patrick patrik paul paula paulina paulo pavel pedro peng per peter petr petra philip philipp philippe
    phuong pierre pietro pilar ping piotr polina pooja pradeep prakash priya putri qiang quang rachel radek rafael rahul
    rainer raj rajesh rakesh ralf ramesh ramon raquel rashid ravi raymond rebecca regina rekha renata rene reza ricardo
    riccardo richard rita rivka rizal robert roberto robin rodrigo roger rohan roland roman ronald rosa rose ruth ryan
    sabine sachin sakura salim sally salma salvatore sam samantha samir samuel sandra sangeeta sanjay sara sarah sasha
    satoshi scott sean sebastian sergei sergey sergio seung shira shirley shreya silke silvia simon simona simone sipho
    siti sneha sofia sofie somchai sonia soo sophia sophie stefan stefania stefanie stephan stephanie stephen steve
    steven stuart sunita suresh susan susana susanne suzanne sven svetlana swati sylvia sylvie takashi takeshi tamar
    tamara tanja tao taras tariq tatiana tatyana tendai teresa thabo thanh theo theresa thi thomas thorsten tim timo
    timothy tobias tom tomas tomasz tomislav tommaso tony trang tuan ulrich ulrike uma ursula ute uwe valentina valerie
    van vanessa vera veronica veronika vicente victor vijay vikram viktor viktoria vincent vincenzo virginia vivek
    vladimir volker walter wang wanjiru wei werner wilhelm willem william wolfgang xavier xiao xin yael yan yann yasmin
    yasuko yaw ying yoko yolanda yong young yu yuki yulia yuri yusra yusuf yves yvonne zahra zainab zeynep zhang zhen
    zodwa zoe zofia zoltan zuzana""".split()  # noqa: SIM905 - names read best as running text
)
"""Given names that are frequent somewhere, plain letters. A value is never judged by one of them alone."""
