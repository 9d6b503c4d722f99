"""A form of an agency with every kind of question, and answers to it as a person would give them."""

from questionnaire.sheet import Sheet
from questionnaire.xlsform import read_form

SOURCE = """\
| survey |
|        | type                   | name      | label::English (en)          | label::Français (fr)     | required | relevant             | constraint | constraint_message::English (en) | constraint_message::Français (fr) | choice_filter | default | calculation |
|        | note                   | hello     | A few questions.             | Quelques questions.      |          |                      |            |                     |                     |                     |        |                |
|        | begin_group            | home      | Your home                    | Votre logement           |          |                      |            |                     |                     |                     |        |                |
|        | select_one countries   | country   | Which country?               | Quel pays ?              | yes      |                      |            |                     |                     |                     |        |                |
|        | select_one towns       | town      | Which town?                  | Quelle ville ?           | yes      |                      |            |                     |                     | country=${country}  |        |                |
|        | select_multiple things | things    | What do you have?            | Qu’avez-vous ?           |          |                      |            |                     |                     |                     |        |                |
|        | geopoint               | place     | Where is it?                 | Où est-ce ?              |          |                      |            |                     |                     |                     |        |                |
|        | end_group              |           |                              |                          |          |                      |            |                     |                     |                     |        |                |
|        | begin_repeat           | members   | Household member             | Membre du foyer          |          |                      |            |                     |                     |                     |        |                |
|        | text                   | called    | What is their name?          | Son nom ?                | yes      |                      |            |                     |                     |                     |        |                |
|        | integer                | age       | How old is ${called}?        | Quel âge a ${called} ?   |          |                      | . < 120    | Nobody is that old. | Personne n’est si âgé. |                  |        |                |
|        | select_one yes_no      | school    | Does ${called} go to school? | ${called} va à l’école ? |          | ${age} < 18          |            |                     |                     |                     |        |                |
|        | end_repeat             |           |                              |                          |          |                      |            |                     |                     |                     |        |                |
|        | begin_group            | work      | Your work                    | Votre travail            |          |                      |            |                     |                     |                     |        |                |
|        | date                   | since     | Since when?                  | Depuis quand ?           |          |                      |            |                     |                     |                     |        |                |
|        | decimal                | pay       | Pay per day?                 | Paie par jour ?          |          |                      |            |                     |                     |                     | 7.5    |                |
|        | image                  | paper     | A photo of your paper?       | Une photo du papier ?    |          |                      |            |                     |                     |                     |        |                |
|        | audio                  | story     | Tell it in your own voice?   | De vive voix ?           |          |                      |            |                     |                     |                     |        |                |
|        | file                   | document  | A document?                  | Un document ?            |          |                      |            |                     |                     |                     |        |                |
|        | text                   | why       | Why no pay?                  | Pourquoi pas de paie ?   | yes      | ${pay} = 0           |            |                     |                     |                     |        |                |
|        | calculate              | grown     |                              |                          |          |                      |            |                     |                     |                     |        | count(${members}) |
|        | end_group              |           |                              |                          |          |                      |            |                     |                     |                     |        |                |

| choices |
|         | list_name | name   | label::English (en) | label::Français (fr) | country |
|         | countries | gm     | The Gambia          | Gambie               |         |
|         | countries | tn     | Tunisia             | Tunisie              |         |
|         | towns     | basse  | Basse               | Basse                | gm      |
|         | towns     | banjul | Banjul              | Banjul               | gm      |
|         | towns     | sfax   | Sfax                | Sfax                 | tn      |
|         | things    | phone  | A phone             | Un téléphone         |         |
|         | things    | bed    | A bed               | Un lit               |         |
|         | yes_no    | yes    | Yes                 | Oui                  |         |
|         | yes_no    | no     | No                  | Non                  |         |

| settings |
|          | form_title | form_id   | version | default_language |
|          | Household  | household | 1       | English (en)     |
"""  # noqa: E501  # one row of a form is one line

HOUSEHOLD = "household"

TYPED: dict[str, str | list[str]] = {
    "country": "gm",
    "town": "banjul",
    "things": ["phone", "bed"],
    "place": "13.45, -16.57",
    "members/1/+": "yes",
    "members/1/called": "Awa",
    "members/1/age": "١٢",
    "members/1/school": "yes",
    "members/2/+": "yes",
    "members/2/called": "Musa",
    "members/2/age": "44",
    "members/3/+": "no",
    "since": "2024-02-29",
    "pay": "0",
    "why": "No work\nthis month",
}
"""As typed or chosen, by key. Files are left out."""


def household() -> Sheet:
    return read_form(SOURCE.encode(), ".md")
