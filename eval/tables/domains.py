"""The subjects of the tables, some for choosing and others for judging.

They share no subject. What is chosen on ``CHOOSING`` is reported on ``JUDGING``, whose questions
were written after the choice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Maker = Callable[[Random], str]
"""Makes a value."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and ways to ask for its cell; ``{}`` is the row's name."""

    header: str
    value: Maker
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """A subject: tables of it, and what they do not say."""

    title: str
    key: str
    """Name of the first column."""
    name: Maker
    columns: tuple[Column, ...]
    absent: tuple[str, ...]
    """Questions about a row that no column answers."""
    years: tuple[str, ...] = ()
    """Questions about a year, ``{year}``, that no column is about."""
    reverse: tuple[tuple[str, str], ...] = ()
    """Headers of columns with a question for the name of the row in which ``{}`` stands."""


_SYLLABLES = (
    "ba",
    "co",
    "du",
    "fe",
    "gi",
    "lo",
    "mar",
    "nex",
    "or",
    "pri",
    "qua",
    "ra",
    "sol",
    "tem",
    "ur",
    "vi",
    "wen",
    "xa",
    "yo",
    "zen",
    "kel",
    "bri",
    "dan",
    "hol",
)
_FIRST_NAMES = (
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Eva",
    "Frank",
    "Greta",
    "Hugo",
    "Ines",
    "Jan",
    "Karin",
    "Luca",
    "Maria",
    "Nils",
    "Olga",
    "Peter",
)
_MONTHS = ("January", "March", "April", "June", "July", "September", "October", "November")


def _syllables(chance: Random, least: int = 2) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(least, 3))).capitalize()


def _of(*values: str) -> Maker:
    return lambda chance: chance.choice(values)


def _number(least: int, most: int, form: str = "{}") -> Maker:
    return lambda chance: form.format(chance.randint(least, most))


def _person(chance: Random) -> str:
    return f"{chance.choice(_FIRST_NAMES)} {_syllables(chance)}"


def _time(chance: Random) -> str:
    return f"{chance.randint(5, 22):02}:{chance.choice(range(0, 60, 5)):02}"


def _date(chance: Random) -> str:
    return f"{chance.randint(1, 28)} {chance.choice(_MONTHS)} {chance.randint(1985, 2023)}"


_CITIES = _of("Berlin", "Paris", "Rome", "Oslo", "Vienna", "Madrid", "Lisbon", "Dublin", "Prague")

CHOOSING = (
    Domain(
        "Firms of the region",
        "Company",
        lambda chance: f"{_syllables(chance)} {chance.choice(['Ltd', 'Group', 'Foods', 'Motors'])}",
        (
            Column(
                "Revenue 2018",
                _number(10, 9999),
                ("What was the revenue of {} in 2018?", "{} revenue 2018"),
            ),
            Column(
                "Revenue 2019",
                _number(10, 9999),
                (
                    "What was the revenue of {} in 2019?",
                    "How much did {} turn over in 2019?",
                    "Tell me the 2019 sales of {}.",
                ),
            ),
            Column(
                "Profit 2019",
                _number(10, 999),
                ("How much profit did {} make in 2019?", "What did {} earn in 2019?"),
            ),
            Column(
                "Chief executive",
                _person,
                ("Who is the chief executive of {}?", "Who runs {}?", "Who is the CEO of {}?"),
            ),
            Column(
                "Founded",
                _number(1850, 2010),
                ("When was {} founded?", "In which year was {} established?", "How old is {}?"),
            ),
            Column(
                "Employees",
                _number(20, 90000),
                ("How many employees does {} have?", "How many people work at {}?"),
            ),
            Column(
                "Headquarters",
                _CITIES,
                ("Where is the headquarters of {}?", "In which city is {} based?"),
            ),
        ),
        (
            "What is the share price of {}?",
            "What dividend does {} pay?",
            "What is the telephone number of {}?",
            "Which products does {} make?",
            "What colour is the logo of {}?",
            "Who audits {}?",
            "How much tax did {} pay?",
        ),
        ("What was the revenue of {} in {year}?", "How much profit did {} make in {year}?"),
        (("Chief executive", "Which company does {} lead?"),),
    ),
    Domain(
        "List of medicines",
        "Medicine",
        lambda chance: (
            f"{_syllables(chance)}{chance.choice(['prex', 'mab', 'cillin', 'zol', 'ide'])}"
        ),
        (
            Column(
                "Active ingredient",
                lambda chance: f"{_syllables(chance).lower()}ine",
                ("What is the active ingredient of {}?", "Which substance does {} contain?"),
            ),
            Column(
                "Daily dose (mg)",
                _number(5, 900),
                ("What is the daily dose of {}?", "How many milligrams of {} are taken a day?"),
            ),
            Column(
                "Manufacturer",
                lambda chance: f"{_syllables(chance)} Pharma",
                ("Who is the manufacturer of {}?", "Who makes {}?", "Which firm produces {}?"),
            ),
            Column(
                "Side effects",
                _of("headache", "nausea", "dizziness", "dry mouth", "rash", "fatigue"),
                ("What are the side effects of {}?", "What undesired effects does {} have?"),
            ),
            Column(
                "Price (EUR)",
                _number(3, 300, "{}.50"),
                ("What is the price of {}?", "How much does {} cost?"),
            ),
            Column("Approved", _date, ("When was {} approved?", "Approval date of {}")),
        ),
        (
            "May {} be taken during pregnancy?",
            "How should {} be stored?",
            "What is the shelf life of {}?",
            "Which disease is {} used against?",
            "What colour are the tablets of {}?",
            "Does {} interact with alcohol?",
        ),
        (),
        (("Active ingredient", "Which medicine contains {}?"),),
    ),
    Domain(
        "Staff of the institute",
        "Name",
        _person,
        (
            Column(
                "Department",
                _of("Physics", "Chemistry", "Law", "History", "Library", "Accounting"),
                ("Which department does {} work in?", "What is the department of {}?"),
            ),
            Column(
                "Room",
                _number(100, 499),
                ("In which room is {}?", "Where is the office of {}?", "room of {}"),
            ),
            Column(
                "Extension",
                _number(1000, 9999),
                ("What is the extension of {}?", "What number do I dial to reach {}?"),
            ),
            Column(
                "E-mail",
                lambda chance: f"{_syllables(chance).lower()}@example.org",
                ("What is the e-mail address of {}?", "How do I write an email to {}?"),
            ),
            Column("Start date", _date, ("When did {} start?", "Since when has {} worked here?")),
            Column(
                "Supervisor", _person, ("Who is the supervisor of {}?", "Who is the boss of {}?")
            ),
        ),
        (
            "What is the salary of {}?",
            "How old is {}?",
            "Where was {} born?",
            "How many days of leave does {} have?",
            "Which languages does {} speak?",
            "What is the home address of {}?",
        ),
    ),
    Domain(
        "Cameras compared",
        "Model",
        lambda chance: f"{_syllables(chance)} {chance.choice('DXZ')}{chance.randint(10, 990)}",
        (
            Column(
                "Weight",
                _number(200, 1500, "{} g"),
                ("What is the weight of the {}?", "How heavy is the {}?"),
            ),
            Column(
                "Resolution",
                _number(10, 60, "{} MP"),
                ("What is the resolution of the {}?", "How many megapixels does the {} have?"),
            ),
            Column(
                "Battery life",
                _number(200, 1200, "{} shots"),
                (
                    "What is the battery life of the {}?",
                    "How long does the battery of the {} last?",
                ),
            ),
            Column(
                "Price",
                _number(199, 3999, "{} EUR"),
                ("What is the price of the {}?", "How much is the {}?", "price {}"),
            ),
            Column("Card slots", _number(1, 3), ("How many card slots does the {} have?",)),
            Column(
                "Sensor",
                _of("APS-C", "full frame", "Micro Four Thirds", "1 inch"),
                ("What sensor does the {} have?", "Which sensor size does the {} use?"),
            ),
        ),
        (
            "What is the warranty period of the {}?",
            "Is the {} waterproof?",
            "In which country is the {} made?",
            "Who designed the {}?",
            "Which lenses fit the {}?",
            "What is the maximum shutter speed of the {}?",
        ),
    ),
    Domain(
        "Countries of the continent",
        "Country",
        lambda chance: f"{_syllables(chance)}{chance.choice(['ia', 'land', 'stan', 'ora'])}",
        (
            Column(
                "Capital",
                lambda chance: f"{_syllables(chance)}burg",
                ("What is the capital of {}?", "Which city is the seat of government of {}?"),
            ),
            Column(
                "Population 2010",
                _number(90, 90000, "{},000"),
                ("What was the population of {} in 2010?", "{} population 2010"),
            ),
            Column(
                "Population 2020",
                _number(90, 90000, "{},000"),
                (
                    "What was the population of {} in 2020?",
                    "How many inhabitants did {} have in 2020?",
                    "How many people lived in {} in 2020?",
                ),
            ),
            Column(
                "Area (km²)",
                _number(900, 900000),
                (
                    "What is the area of {}?",
                    "How large is {}?",
                    "How many square kilometres is {}?",
                ),
            ),
            Column(
                "Currency",
                lambda chance: f"{_syllables(chance).lower()} {chance.choice(['crown', 'pound'])}",
                ("What is the currency of {}?", "What money is used in {}?"),
            ),
            Column(
                "Official language",
                lambda chance: f"{_syllables(chance)}ish",
                ("What is the official language of {}?", "Which language is spoken in {}?"),
            ),
            Column("Head of state", _person, ("Who is the head of state of {}?", "Who rules {}?")),
        ),
        (
            "What is the national anthem of {}?",
            "What is the highest mountain of {}?",
            "What is the life expectancy in {}?",
            "Which religion is most common in {}?",
            "What are the main exports of {}?",
            "When did {} become independent?",
            "What is the unemployment rate of {}?",
        ),
        ("What was the population of {} in {year}?", "How many inhabitants did {} have in {year}?"),
        (("Capital", "{} is the capital of which country?"),),
    ),
    Domain(
        "Parts of the pump",
        "Part",
        lambda chance: (
            f"{chance.choice(['Drive', 'Idler', 'Guide', 'Outer', 'Inner', 'Rear', 'Front'])} "
            f"{chance.choice(['shaft', 'bearing', 'seal', 'flange', 'valve', 'gasket', 'bolt'])} "
            f"{chance.choice('ABCEFHKL')}{chance.randint(10, 99)}"
        ),
        (
            Column(
                "Material",
                _of("steel", "brass", "bronze", "nylon", "cast iron", "rubber"),
                ("What is the material of the {}?", "What is the {} made of?"),
            ),
            Column(
                "Torque (Nm)",
                _number(2, 400),
                ("What torque does the {} need?", "How tight must the {} be fastened?"),
            ),
            Column(
                "Order number",
                lambda chance: f"{chance.randint(10, 99)}-{chance.randint(1000, 9999)}",
                ("What is the order number of the {}?", "Under which number do I order the {}?"),
            ),
            Column(
                "Service interval (h)",
                _number(1, 80, "{}00"),
                (
                    "What is the service interval of the {}?",
                    "After how many hours must the {} be serviced?",
                ),
            ),
            Column("Diameter (mm)", _number(4, 300), ("What is the diameter of the {}?",)),
            Column(
                "Supplier",
                lambda chance: f"{_syllables(chance)} Werke",
                ("Who is the supplier of the {}?", "Who delivers the {}?"),
            ),
        ),
        (
            "What is the price of the {}?",
            "What temperature can the {} withstand?",
            "How long is the warranty of the {}?",
            "Which tool is needed for the {}?",
            "What colour is the {}?",
            "Who installed the {}?",
        ),
    ),
    Domain(
        "Departures from the central station",
        "Train",
        lambda chance: f"{chance.choice(['RE', 'IC', 'EC', 'S'])} {chance.randint(100, 9999)}",
        (
            Column(
                "Destination",
                _CITIES,
                ("What is the destination of train {}?", "Where does train {} go to?"),
            ),
            Column(
                "Departure",
                _time,
                ("What is the departure time of {}?", "When does train {} leave?", "{} departure"),
            ),
            Column(
                "Arrival",
                _time,
                ("What is the arrival time of train {}?", "When does train {} arrive?"),
            ),
            Column(
                "Platform",
                _number(1, 24),
                ("From which platform does train {} leave?", "On which track is {}?"),
            ),
            Column("Stops", _number(1, 30), ("How many stops does train {} make?",)),
            Column(
                "Operator",
                lambda chance: f"{_syllables(chance)} Rail",
                ("Who is the operator of train {}?", "Which company runs train {}?"),
            ),
        ),
        (
            "What does a ticket for train {} cost?",
            "Does train {} have a restaurant car?",
            "How fast is train {}?",
            "Who drives train {}?",
            "How many seats does train {} have?",
            "May bicycles be taken on train {}?",
        ),
    ),
    Domain(
        "Museums of the province",
        "Museum",
        lambda chance: f"{_syllables(chance)} {chance.choice(['Museum', 'Gallery', 'Collection'])}",
        (
            Column(
                "Opened",
                _number(1790, 2020),
                ("When was the {} opened?", "Since when does the {} exist?"),
            ),
            Column(
                "Visitors 2021",
                _number(900, 900000),
                (
                    "How many visitors did the {} have in 2021?",
                    "How many people came to the {} in 2021?",
                ),
            ),
            Column(
                "Visitors 2022",
                _number(900, 900000),
                ("How many visitors did the {} have in 2022?", "visitors of {} 2022"),
            ),
            Column(
                "Admission",
                _number(2, 25, "{} EUR"),
                ("What is the admission to the {}?", "What does a ticket for the {} cost?"),
            ),
            Column("Director", _person, ("Who is the director of the {}?", "Who heads the {}?")),
            Column(
                "Town",
                lambda chance: f"{_syllables(chance)}ford",
                ("In which town is the {}?", "Where is the {}?"),
            ),
            Column(
                "Closed on",
                _of("Monday", "Tuesday", "Wednesday", "Sunday"),
                ("On which day is the {} closed?", "When is the {} not open?"),
            ),
        ),
        (
            "Which paintings hang in the {}?",
            "Who was the architect of the {}?",
            "Is the {} accessible for wheelchairs?",
            "What is the budget of the {}?",
            "How many rooms does the {} have?",
            "What is the website of the {}?",
        ),
        (
            "How many visitors did the {} have in {year}?",
            "How many people came to the {} in {year}?",
        ),
        (("Director", "Which museum does {} direct?"),),
    ),
)

JUDGING = (
    Domain(
        "Hotels of the coast",
        "Hotel",
        lambda chance: (
            f"{_syllables(chance)} {chance.choice(['Inn', 'Palace', 'Lodge', 'Resort'])}"
        ),
        (
            Column(
                "Rooms",
                _number(8, 600),
                ("How many rooms does the {} have?", "What is the number of rooms in the {}?"),
            ),
            Column(
                "Price per night",
                _number(40, 700, "{} EUR"),
                (
                    "What is the price per night at the {}?",
                    "How much does a night at the {} cost?",
                    "What do I pay for a room in the {}?",
                ),
            ),
            Column(
                "Stars",
                _number(1, 5),
                ("How many stars does the {} have?", "What is the star rating of the {}?"),
            ),
            Column(
                "Manager",
                _person,
                (
                    "Who is the manager of the {}?",
                    "Who manages the {}?",
                    "Who is in charge of the {}?",
                ),
            ),
            Column(
                "Phone",
                lambda chance: f"0{chance.randint(100, 999)} {chance.randint(10000, 99999)}",
                ("What is the phone number of the {}?", "How do I call the {}?"),
            ),
            Column(
                "Distance to beach",
                _number(50, 4000, "{} m"),
                (
                    "How far is the {} from the beach?",
                    "What is the distance to the beach of the {}?",
                ),
            ),
        ),
        (
            "Does the {} have a swimming pool?",
            "Are dogs allowed in the {}?",
            "When was the {} renovated?",
            "Who owns the {}?",
            "What is served for breakfast at the {}?",
            "What is the check-out time of the {}?",
        ),
        reverse=(("Manager", "Which hotel is managed by {}?"),),
    ),
    Domain(
        "Servers of the data centre",
        "Host",
        lambda chance: f"{_syllables(chance).lower()}-{chance.randint(10, 99)}",
        (
            Column(
                "Memory",
                _number(8, 1024, "{} GB"),
                ("How much memory does {} have?", "How many gigabytes of RAM are in {}?"),
            ),
            Column(
                "Operating system",
                _of("Debian 12", "Ubuntu 22.04", "Windows Server", "FreeBSD", "Rocky Linux"),
                ("What is the operating system of {}?", "Which OS does {} run?"),
            ),
            Column(
                "IP address",
                lambda chance: f"10.{chance.randint(0, 99)}.{chance.randint(0, 255)}.7",
                ("What is the IP address of {}?", "Under which address is {} reached?"),
            ),
            Column(
                "Rack",
                lambda chance: f"{chance.choice('ABCD')}{chance.randint(1, 40)}",
                ("In which rack is {}?", "Where does {} stand?"),
            ),
            Column(
                "Administrator",
                _person,
                ("Who is the administrator of {}?", "Who looks after {}?"),
            ),
            Column(
                "Purchased",
                _date,
                ("When was {} purchased?", "When did we buy {}?", "purchase date of {}"),
            ),
        ),
        (
            "What is the serial number of {}?",
            "How much did {} cost?",
            "How much power does {} consume?",
            "When was the last backup of {}?",
            "What is the root password of {}?",
            "Which applications run on {}?",
        ),
    ),
    Domain(
        "Courses of the faculty",
        "Course",
        lambda chance: (
            f"{chance.choice(['Introduction to', 'Advanced', 'Applied', 'History of'])} "
            f"{_syllables(chance)} {chance.choice(['Theory', 'Methods', 'Studies', 'Logic'])}"
        ),
        (
            Column(
                "Lecturer",
                _person,
                ("Who is the lecturer of {}?", "Who teaches {}?", "Who gives the course {}?"),
            ),
            Column(
                "Credits",
                _number(2, 12),
                ("How many credits is {} worth?", "How many credits does {} give?"),
            ),
            Column(
                "Day",
                _of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
                ("On which day is {}?", "On what day of the week does {} take place?"),
            ),
            Column(
                "Begins",
                _time,
                ("When does {} begin?", "At what time does {} start?"),
            ),
            Column(
                "Students 2022",
                _number(5, 300),
                ("How many students took {} in 2022?", "How many students did {} have in 2022?"),
            ),
            Column(
                "Students 2023",
                _number(5, 300),
                (
                    "How many students took {} in 2023?",
                    "What was the number of participants of {} in 2023?",
                ),
            ),
            Column(
                "Lecture hall",
                lambda chance: f"H{chance.randint(1, 60)}",
                ("In which lecture hall is {}?", "Where is {} held?"),
            ),
        ),
        (
            "Which textbook is used in {}?",
            "What are the prerequisites of {}?",
            "When is the exam of {}?",
            "What is the pass rate of {}?",
            "In which language is {} taught?",
            "What is the fee for {}?",
        ),
        ("How many students took {} in {year}?", "How many students did {} have in {year}?"),
    ),
    Domain(
        "Bridges of the river",
        "Bridge",
        lambda chance: f"{_syllables(chance)} {chance.choice(['Bridge', 'Viaduct', 'Crossing'])}",
        (
            Column(
                "Length (m)",
                _number(40, 4000),
                ("What is the length of the {}?", "How long is the {}?"),
            ),
            Column(
                "Completed",
                _number(1820, 2020),
                ("When was the {} completed?", "In which year was the {} finished?"),
            ),
            Column(
                "Architect",
                _person,
                ("Who was the architect of the {}?", "Who designed the {}?"),
            ),
            Column(
                "Type",
                _of("arch", "suspension", "beam", "cable-stayed", "truss"),
                ("What type of bridge is the {}?", "How is the {} constructed?"),
            ),
            Column(
                "Maximum load (t)",
                _number(5, 120),
                ("What is the maximum load of the {}?", "How many tonnes may cross the {}?"),
            ),
            Column(
                "Vehicles per day",
                _number(100, 90000),
                (
                    "How many vehicles use the {} per day?",
                    "How much traffic does the {} carry daily?",
                ),
            ),
        ),
        (
            "What did the {} cost?",
            "How high is the {}?",
            "Is there a toll on the {}?",
            "Who maintains the {}?",
            "What colour is the {} painted?",
            "How many people died building the {}?",
        ),
        reverse=(("Architect", "Which bridge did {} design?"),),
    ),
)
