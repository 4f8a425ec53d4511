"""Made-up customers and wares for a rehearsal: no name or address here is anybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkout.domain.money import Money
from checkout.domain.orders import Line
from checkout.store.orders import Contact

if TYPE_CHECKING:
    from random import Random

_GIVEN = (
    "Ada", "Adele", "Ahmed", "Aisha", "Alan", "Amina", "Anna", "Anton", "Astrid", "Basma", "Bela", "Carla", "Chen",
    "Clara", "Dalia", "Dmitri", "Elena", "Emil", "Émilie", "Farid", "Finn", "Freya", "Grace", "Hana", "Hugo", "Ida",
    "Imre", "Ingrid", "Jan", "Jin", "João", "Jonas", "Kaya", "Lena", "Liam", "Linnéa", "Luca", "Maja", "Marek",
    "Mei", "Mila", "Nadia", "Nils", "Noor", "Olga", "Omar", "Paula", "Pia", "Ravi", "Rosa", "Samira", "Søren",
    "Tariq", "Thea", "Tomás", "Ulla", "Vera", "Viktor", "Wen", "Yara", "Yusuf", "Zoë",
)  # fmt: skip
_FAMILY = (
    "Aalto", "Abadi", "Almeida", "Andersen", "Bakker", "Baumann", "Berg", "Bianchi", "Castro", "Chaudhry", "Costa",
    "Dahl", "Demir", "Dubois", "Eriksen", "Farkas", "Ferrari", "Fischer", "Fontaine", "García", "Gruber", "Haddad",
    "Hansen", "Hoffmann", "Horváth", "Ito", "Ivanova", "Jensen", "Kaya", "Keller", "Kim", "Kowalski", "Kruse",
    "Larsen", "Lindqvist", "López", "Marino", "Meyer", "Moreau", "Müller", "Nagy", "Novák", "Okafor", "Olsen",
    "Papadopoulos", "Park", "Petrov", "Popescu", "Rossi", "Santos", "Sato", "Schäfer", "Silva", "Singh", "Smit",
    "Svensson", "Tanaka", "Vogel", "Wagner", "Weber", "Yilmaz", "Zhang", "Ziegler",
)  # fmt: skip
_STREETS = ("Harbour Road", "Lindenallee", "Mill Lane", "Rue du Moulin", "Station Street", "Via Nuova")
_PLACES = (
    ("Aarhus", "8000", "DK"), ("Bergen", "5003", "NO"), ("Gent", "9000", "BE"), ("Graz", "8010", "AT"),
    ("Leeds", "LS1 4AP", "GB"), ("Leipzig", "04109", "DE"), ("Lyon", "69002", "FR"), ("Porto", "4000-010", "PT"),
    ("Utrecht", "3511", "NL"), ("Turin", "10121", "IT"),
)  # fmt: skip
_WARES = (
    ("desk-lamp", "Desk lamp", 6450), ("field-guide", "A field guide to lichens", 1850), ("teapot", "Teapot", 3200),
    ("green-tea", "Green tea, 250 g", 1290), ("notebook", "Notebook", 790), ("licence", "Editor licence", 4900),
    ("print", "Print, A2", 2400), ("course", "Course in bookbinding", 18900),
)  # fmt: skip
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "EUR", "GBP", "GBP", "USD", "USD", "SEK")


def customer(random: Random, number: int) -> Contact:
    """Somebody who orders; two in five come back under the same address."""
    given, family = random.choice(_GIVEN), random.choice(_FAMILY)
    same = number if random.random() < 3 / 5 else number // 7
    city, postcode, country = random.choice(_PLACES)
    plain = f"{given}.{family}".encode("ascii", "ignore").decode().lower()
    return Contact(
        email=f"{plain}.{same}@example.{random.choice(('com', 'net', 'org'))}",
        name=f"{given} {family}",
        street=f"{random.choice(_STREETS)} {random.randint(1, 240)}",
        city=city,
        postcode=postcode,
        country=country,
    )


def basket(random: Random, currency: str) -> list[tuple[str, Line]]:
    """One to three wares, each with its id."""
    chosen = random.sample(_WARES, random.choice((1, 1, 1, 2, 3)))
    return [
        (ware, Line(title, random.choice((1, 1, 1, 2, 3)), Money(price, currency)))
        for ware, title, price in chosen
    ]
