"""Secrets are hidden in every form they come in, clean text is left alone, and it is quick."""

from __future__ import annotations

import html
import json
import random
import string
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsinfra_jlab.domain.redaction.redactor import Redactor, known_secrets, redact, redact_value

_RANDOM = random.Random(7)


def made_up(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Return random characters with at least one digit."""
    return "".join(_RANDOM.choices(alphabet, k=length - 1)) + "7"


HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits

FORMS = {
    "aws": "AKIA" + made_up(16, UPPER),
    "aws session": "ASIA" + made_up(16, UPPER),
    "github classic": "ghp_" + made_up(36),
    "github oauth": "gho_" + made_up(36),
    "github server": "ghs_" + made_up(36),
    "github lower": "ghp_" + "abcdefghijklmnopqrstuvwxyz" + "abcdefghij",
    "github fine": "github_pat_" + made_up(82),
    "gitlab": "glpat-" + made_up(20),
    "slack bot": "xoxb-" + made_up(12, string.digits) + "-" + made_up(24),
    "slack app": "xapp-1-" + made_up(11, UPPER) + "-" + made_up(30),
    "slack hook": f"hooks.slack.com/services/T{made_up(9, UPPER)}/B7{made_up(8)}/{made_up(24)}",
    "google": "AIza" + made_up(35),
    "google oauth": "ya29." + made_up(60),
    "google client": "GOCSPX-" + made_up(28),
    "stripe": "sk_live_" + made_up(24),
    "stripe restricted": "rk_live_" + made_up(24),
    "openai": "sk-" + "aB3" + made_up(45),
    "openai project": "sk-proj-" + made_up(60),
    "anthropic": "sk-ant-api03-" + made_up(90),
    "hugging face": "hf_" + made_up(34),
    "npm": "npm_" + made_up(36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + made_up(80),
    "jwt": f"eyJ{made_up(30)}.eyJ{made_up(60)}.{made_up(43)}",
    "sendgrid": f"SG.{made_up(22)}.{made_up(43)}",
    "telegram": f"{made_up(9, '123456789')}:AA{made_up(33)}",
    "databricks": "dapi" + made_up(32, HEX),
    "digitalocean": "dop_v1_" + made_up(64, HEX),
    "vault": "hvs." + made_up(28),
    "shopify": "shpat_" + made_up(32, HEX),
    "groq": "gsk_" + made_up(52),
    "replicate": "r8_" + made_up(37),
    "docker": "dckr_pat_" + made_up(27),
    "grafana": "glsa_" + made_up(41),
    "linear": "lin_api_" + made_up(40),
    "notion": "ntn_" + made_up(46),
    "newrelic": "NRAK-" + made_up(27, UPPER),
    "twilio": "SK" + made_up(32, HEX),
    "mailgun": "key-" + made_up(32, HEX),
}
"""Secrets that give themselves away; random, so none of them opens anything."""

NAMED = {
    "db_password": "Tr0ub4dor&3",
    "PGPASSWORD": "correct-horse",
    "password": "hunter2",
    "passwd": "S3cret!pw",
    "client_secret": "q8Jv3nXz",
    "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz",
    "API_KEY": "d41d8cd98f00",
    "apikey": "k3y-4-all",
    "access_key": "9f86d081884c",
    "private_key": "c0ffee1234",
    "account_key": "Zm9vYmFyYmF6cXV4",
    "HF_TOKEN": "abcd1234efgh",
    "auth_token": "zz99yy88xx77",
    "credential": "w4lk-1n",
    "smtp_pass": "m4il!pass",
    "dbPassword": "cam3lCase",
    "X-Api-Key": "1a2b3c4d5e",
}

Wrap = Callable[[str], str]
TEXTS: dict[str, Wrap] = {
    "code": lambda s: f'client = connect("{s}")\nclient.run()\n',
    "stdout": lambda s: f"using {s}\ndone\n",
    "dict repr": lambda s: repr({"n": 1, "x": s}),
    "JSON in JSON": lambda s: json.dumps({"line": json.dumps({"x": f"first\n{s}"})}),
    "URL-quoted": lambda s: "https://h/cb?next=" + quote(f"/x?a={s}", safe=""),
    "traceback": lambda s: (
        f'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad {s}'
    ),
    "colours": lambda s: f'\x1b[33m"\x1b[39m\x1b[33m{s}\x1b[39m\x1b[33m"\x1b[39m',
}

PAIRS: dict[str, Callable[[str, str], str]] = {
    "assignment": lambda k, v: f'{k.replace("-", "_")} = "{v}"\n',
    "annotated": lambda k, v: f"{k.replace('-', '_')}: str = '{v}'\n",
    "keyword": lambda k, v: f'connect(host, {k.replace("-", "_")}="{v}", timeout=3)',
    "dict": lambda k, v: repr({"user": "ana", k: v, "port": 1}),
    "JSON": lambda k, v: json.dumps({"user": "ana", k: v}),
    "JSON in JSON": lambda k, v: json.dumps(json.dumps({k: v})),
    "HTML": lambda k, v: html.escape(json.dumps({k: v})),
    "item": lambda k, v: f'os.environ["{k}"] = "{v}"',
    "comparison": lambda k, v: f'if {k.replace("-", "_")} == "{v}":\n    pass',
    "env file": lambda k, v: f"A=1\nexport {k.upper().replace('-', '_')}={v}\nB=2",
    "flag": lambda k, v: f"!run --{k.lower()} {v} --verbose",
    "flag list": lambda k, v: repr(["run", f"--{k}", v]),
    "URL query": lambda k, v: f"https://h/x?a=1&{k}={quote(v, safe='')}&b=2",
    "XML": lambda k, v: f"<{k}>{html.escape(v)}</{k}>",
    "traceback line": lambda k, v: (
        f'--> 1 \x1b[38;5;255mrun\x1b[39m("x", {{\x1b[33m"\x1b[39m\x1b[33m{k}\x1b[39m\x1b[33m"'
        f'\x1b[39m: \x1b[33m"\x1b[39m\x1b[33m{v}\x1b[39m\x1b[33m"\x1b[39m}})'
    ),
}

CLEAN = r"""
tokens = tokenizer(text)
password = getpass()
password = getpass("Password: ") or "x"
token: str
max_tokens=100
model.generate(**inputs, max_new_tokens=100, eos_token_id=50256)
os.environ["API_KEY"]
secret_key = None
api_key = os.getenv("OPENAI_API_KEY")
api_key="YOUR_API_KEY"
api_key="..."
print("token:", "abc")
print("password: " + pw + " ok")
pad_token = "<pad>"
{'token': 'hello', 'score': 0.9}
{'token': 103, 'token_str': 'capital'}
KeyError: 'password'
def f(user, password: str = None, token: str | None = ""):
connect(user=user, password=pw, token=tok)
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
token_type = "bearer"
PWD=/root
assert token == "eof"
for key in keys: print(key)
df = pd.read_csv(path, key="abc123de")
secrets.token_hex(16)
password = config.password
password=args.password
http://localhost:8888/lab?x=1
ssh://git@github.com/a/b
keyword="x1234567"
class="sk-toggleable__control sk-hidden--visually sk-estimator-doc-link-fitted"
columns = ["user", "password", "email"]
headers = {"Authorization": f"Bearer {token}"}
token = tokens[0]
token = next(it)
n_tokens: 12345
123.4 tokens/s: 123.4
passed: 12345
compass = "north1"
author = "abc12345"
class A: pass
monkey: "abc123"
password = input("Enter password: ")
token.pos_ == "NOUN"
primary_key=True
sorted(x, key=lambda x: x[1])
Password: ********
--token TOKEN
--token <token>
pass --token to authenticate
http://host:8080/path@foo
https://user:${PASS}@host
secret = a + b
secret = decrypt(x)
sns.heatmap(corr, annot=True)
keys = ["a1b2c3d4", "e5f6a7b8"]
cache_key = "user_12_page_3"
attention_keys = self.key(x); query, key, value = qkv
Epoch 1/10 - loss: 0.123456 - val_accuracy: 0.987654321
sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
UUID('12345678-1234-5678-1234-567812345678')
test_a_very_long_function_name_with_key_and_token_in_it()
"""


@pytest.mark.parametrize("wrap", TEXTS.values(), ids=TEXTS.keys())
def test_known_formats_are_hidden_wherever_they_stand(wrap: Wrap) -> None:
    seen = {name: redact(wrap(secret)) for name, secret in FORMS.items()}
    quoted = {name: quote(secret, safe="") for name, secret in FORMS.items()}
    left = [name for name in FORMS if FORMS[name] in seen[name] or quoted[name] in seen[name]]
    assert left == []


def test_known_formats_are_hidden_in_five_megabytes() -> None:
    stretch = "x = 1\n" * 20_000
    seen = redact(stretch.join(f"{secret}\n" for secret in FORMS.values()))
    assert [name for name, secret in FORMS.items() if secret in seen] == []


@pytest.mark.parametrize("write", PAIRS.values(), ids=PAIRS.keys())
def test_values_beside_the_name_of_a_secret_are_hidden(write: Callable[[str, str], str]) -> None:
    left = {
        (name, value): redact(write(name, value))
        for name, value in NAMED.items()
        if value in redact(write(name, value))
    }
    assert left == {}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://u:hunter2@h/db", "hunter2"),
        ("postgresql://u:p%40ss@h", "p%40ss"),
        ("mongodb://root:a/b@c@host:27017/", "a/b@c"),
        ("https:\\/\\/u:hunter2@h\\/x", "hunter2"),
        ("postgresql%3A%2F%2Fu%3Ahunter2%40h", "hunter2"),
        ("redis://:hunter2@localhost:6379/0", "hunter2"),
        ("https://0123456789abcdef0123456789abcdee@o1.ingest.sentry.io/1", "0123456789abcdef"),
        ("https://b.blob.core.windows.net/c?sv=2024&sig=abc%2Fdef%3D&se=1", "abc%2Fdef"),
        ("https://s3/x?X-Amz-Credential=AB/20260101&X-Amz-Signature=00ff00ff", "00ff00ff"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ('{"Authorization": "Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"),
        ('curl -H "Authorization: token abcdef123456"', "abcdef123456"),
        ("Sent header Bearer 0123456789abcdefghijklm", "0123456789abcdefghijklm"),
        ("requests.get(u, auth=('me', 'pw1'))", "pw1"),
        ("AccountName=x;AccountKey=abc/def==;EndpointSuffix=y", "abc/def=="),
        ("host=h user=u password=hunter dbname=x", "hunter"),
        ('connect("host=h user=u password=hunter")', "hunter"),
        ("('password', 'hunter2')", "hunter2"),
        ('os.environ.setdefault("API_KEY", "sdf45")', "sdf45"),
        ('{"username":"x","key":"0123456789abcdef0123456789abcdef"}', "0123456789abcdef"),
        ("password: hunter2", "hunter2"),
        ("--token abc", "abc"),
        (
            'x = """-----BEGIN RSA PRIVATE KEY-----\nMIIabc+/=\n-----END RSA PRIVATE KEY-----"""',
            "MII",
        ),
        ('{"k": "-----BEGIN PRIVATE KEY-----\\nMIIabc\\n-----END PRIVATE KEY-----\\n"}', "MIIabc"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "b3BlbnNzaC1rZXk"),
    ],
)
def test_urls_headers_and_other_forms(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)


@pytest.mark.parametrize("line", CLEAN.strip().splitlines())
def test_clean_text_is_left_alone(line: str) -> None:
    assert redact(line) is line


def test_clean_text_is_left_alone_as_a_whole() -> None:
    assert redact(CLEAN) == CLEAN


def test_equal_secrets_stay_comparable_and_other_keys_give_other_ids() -> None:
    redactor = Redactor(b"k" * 32)
    code, output = redactor.redact('password = "hunter2"'), redactor.redact("password: hunter2")
    marker = code.removeprefix('password = "').removesuffix('"')
    assert marker.startswith("«redacted:password:")
    assert marker in output
    assert redactor.redact('password = "hunter3"') != code
    assert Redactor(b"x" * 32).redact('password = "hunter2"') != code
    assert Redactor(b"k" * 32).redact('password = "hunter2"') == code


HUB_TOKEN = "33ce51fd34ab4baa8bafe563f269892c"
VARIABLES = {
    "JUPYTERHUB_API_TOKEN": HUB_TOKEN,
    "JPY_API_TOKEN": HUB_TOKEN,
    "LONGER_API_TOKEN": HUB_TOKEN + "9f",
    "DB_PASSWORD": "changeme",
    "SSH_AUTH_SOCK": "/tmp/ssh-Xa81bG/agent.4711",
    "JUPYTERHUB_OAUTH_SCOPES": '["access:servers!server=bob/"]',
    "PATH": "/usr/local/bin:/usr/bin",
}


def test_of_the_environment_only_long_secrets_are_known_by_themselves_longest_first() -> None:
    assert known_secrets(VARIABLES) == [HUB_TOKEN + "9f", HUB_TOKEN]


def test_a_known_secret_is_hidden_wherever_it_stands() -> None:
    redactor = Redactor(b"k" * 32, known_secrets(VARIABLES))
    mark = redactor.mark("known", HUB_TOKEN)
    assert redactor.redact(f"{HUB_TOKEN}\n") == f"{mark}\n"
    assert redactor.redact_value({HUB_TOKEN: [f"<b>{HUB_TOKEN}</b>"]}) == {mark: [f"<b>{mark}</b>"]}
    assert redactor.secrets_in(f"x = '{HUB_TOKEN}'")[HUB_TOKEN] == mark
    assert HUB_TOKEN[:8] not in redactor.redact(HUB_TOKEN + "9f")
    assert redactor.redact(redactor.redact(HUB_TOKEN)) == mark


def test_redacted_code_still_parses() -> None:
    code = 'import x\npassword = "hunter2"\nx.login(token="abcd1234", url="pg://u:pw@h/d")\n'
    compile(redact(code), "<cell>", "exec")


def test_the_traceback_of_a_real_kernel_shell_is_redacted() -> None:
    shell_module = pytest.importorskip("IPython.core.interactiveshell")
    shell = shell_module.InteractiveShell(colors="linux")
    shown: list[list[str]] = []
    shell._showtraceback = lambda _type, _value, lines: shown.append(lines)
    shell.run_cell(
        f'db_password = "hunter2x"\nu = "postgresql://u:hunter3x@h/d"\nt = "{FORMS["aws"]}"\n'
        'd = {"api_key": "hunter4x"}; raise ValueError("password=hunter5x")'
    )
    text = "\n".join(shown[0])
    assert "hunter4x" in text and "hunter5x" in text
    assert "hunter" not in redact(text)
    assert FORMS["aws"] not in redact(text)


def test_json_values_are_walked_and_images_are_not() -> None:
    secret = FORMS["github classic"]
    value = {
        "data": {
            "text/plain": f"'{secret}'",
            "image/png": "iVBORw0KGgo" + secret,
            "image/svg+xml": f"<text>{secret}</text>",
            "application/json": {
                "password": "hunter2",
                "user": "ana",
                "max_tokens": 5,
                "n": [secret],
            },
        },
        "metadata": {},
        "execution_count": None,
        "traceback": [f"ValueError: {secret}"],
    }
    seen = redact_value(value)
    assert seen["data"]["image/png"].endswith(secret)
    assert json.dumps(seen).count(secret) == 1
    assert seen["data"]["application/json"]["password"].startswith("«redacted:")
    assert seen["data"]["application/json"]["user"] == "ana"
    assert seen["data"]["application/json"]["max_tokens"] == 5
    assert seen["execution_count"] is None


def test_very_deep_values_do_not_overflow() -> None:
    deep: object = "ghp_" + "a1" * 18
    for _ in range(5_000):
        deep = [deep]
    assert "a1a1" not in repr(redact_value(deep))


def test_lone_surrogates_do_no_harm() -> None:
    assert "\ud800" not in redact('password = "x\ud800y"')
    assert redact("\ud800 \U0001f600 plain") == "\ud800 \U0001f600 plain"


MARKS = "\"'`=:,;()[]{}<>@/\\?&% \n\t-_.«»"
PHRASES = (
    '://|\\"|\x1b[0m|«redacted:|--|%3A|%22|&quot;|token|secret|Bearer |auth=(|'
    "-----BEGIN PRIVATE KEY-----"
)
PIECES = st.sampled_from(
    [*FORMS.values(), *NAMED, *NAMED.values(), *CLEAN.splitlines(), *MARKS, *PHRASES.split("|")]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=24).map("".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(CLEAN.splitlines()), max_size=6),
    st.sampled_from(sorted(FORMS)),
    st.lists(st.sampled_from(CLEAN.splitlines()), max_size=6),
)
def test_a_secret_between_clean_lines_is_hidden(
    before: list[str], form: str, after: list[str]
) -> None:
    assert FORMS[form] not in redact("\n".join([*before, FORMS[form], *after]))


HOSTILE = [
    *("pw='", "pw=\\'", "-eyJ", "-sk-", "AKIA", "://a:", "://a:b@", "%3A%2F%2F", "://%", "&a"),
    *("-----BEGIN PRIVATE KEY-----", "a", "_", "-", " ", "token ", "token= ", "pw=", "pw=a"),
    *('pw="\\', "password=a.", "password=a+", 'token="a1-', "secret=`", "token=\n", "token: a"),
    *("auth=('", "Bearer ", "«redacted:", "authorization: ", "x-token: a1", ";token"),
    *("hooks.slack.com/services/A", 'password="' + "--1" * 1300 + '!"'),
    *('pw="' + "\x1b[0m" * 900 + '"', 'pw="' + " " * 4000 + 'é"'),
]


@pytest.mark.slow
@pytest.mark.parametrize("unit", HOSTILE, ids=[repr(unit[:20]) for unit in HOSTILE])
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length] + "!"
        started = time.process_time()
        redact(text)
        return time.process_time() - started

    small = max(seconds(20_000), 0.01)
    assert seconds(160_000) < 8 * small * 6
