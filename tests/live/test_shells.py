"""Login shells and /bin/sh of every kind, and shells that talk. Accounts exist only in a mount namespace of the server's own."""
import re
import shutil

import pytest

import lab as workshop
from lab import Space

pytestmark = [pytest.mark.root, pytest.mark.namespaces("-m")]

UID = 64900  # nobody has it, here or on the machine


class Accounts:
    """/etc/passwd and its like with more users, mounted over the real ones where only our servers see it."""

    def __init__(self, lab):
        self.lab = lab
        self.passwd, self.shadow, self.group = (open(f"/etc/{name}").read() for name in ("passwd", "shadow", "group"))
        self.count = 0

    def add(self, shell):
        name = f"svt{self.count}"
        home = self.lab.new_folder("home")
        uid = UID + self.count
        self.count += 1
        shutil.chown(home, uid, uid)
        self.passwd += f"{name}:x:{uid}:{uid}::{home}:{shell}\n"
        self.shadow += f"{name}:*:19000:0:99999:7:::\n"
        self.group += f"{name}:x:{uid}:\n"
        return name

    def space(self, *commands):
        files = {"passwd": 0o644, "shadow": 0o600, "group": 0o644}
        mounts = [f"mount --bind {self.lab.write(name, getattr(self, name), mode)} /etc/{name}" for name, mode in files.items()]
        # In a process namespace, too: other servers of these tests are daemons of the same host otherwise.
        return Space(["-m", "--pid", "--fork", "--kill-child", "--mount-proc"], mounts + list(commands))


def verdicts(run):
    """What was found, without the folders of this test's servers and homes."""
    def plain(text):
        text = re.sub(r"/tmp/sshvet-live\.\S*?/([a-z]+)\d*(?=[/\s:,]|$)", r"FOLDER/\1", text or "")
        return re.sub(r"\bport \d+", "port N", text)
    return [(f["rule"], plain(f.get("subject")), f["status"], plain(f.get("actual")), plain(f["message"])) for f in run.scanned()["findings"]]


@pytest.fixture(scope="module")
def expected(shared):
    """What an account with an ordinary shell finds out."""
    accounts = Accounts(shared)
    user = accounts.add("/bin/sh")
    server = shared.server(space=accounts.space())
    run = shared.scan(server=server, user=user)
    assert run.target()["privileged"] is False
    reasons = [f for f in run.scanned()["findings"] if f["status"] == "error"]
    assert reasons and all("privilege" in f["message"] for f in reasons), reasons
    return verdicts(run)


def applet(lab):
    """busybox as a login shell: it goes by its name."""
    path = lab.new_folder("bin") / "ash"
    path.symlink_to(shutil.which("busybox"))
    return path


NEEDED = {"dash": "dash", "bash": "bash", "busybox": "busybox", "mksh": "mksh", "ksh": "ksh", "zsh": "zsh"}


def find(name):
    path = shutil.which(NEEDED[name])
    if not path:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.mark.parametrize("name", NEEDED)
def test_login_shell(lab, expected, name):
    path = find(name)
    accounts = Accounts(lab)
    user = accounts.add(applet(lab) if name == "busybox" else path)
    server = lab.server(space=accounts.space())
    assert verdicts(lab.scan(server=server, user=user)) == expected
    assert server.connections() == server.logins() == 1


@pytest.mark.parametrize("name", ["bash", "busybox", "mksh", "ksh"])
def test_sh_of_the_target(lab, expected, name):
    """/bin/sh, which runs the collector, is another shell there."""
    path = find(name)
    accounts = Accounts(lab)
    user = accounts.add("/bin/bash")
    server = lab.server(space=accounts.space(f"mount --bind {path} /bin/sh"))
    assert verdicts(lab.scan(server=server, user=user)) == expected


NOISE = [
    ("a line", "echo welcome to this host"),
    ("no newline", "printf 'welcome: '"),
    ("on standard error", "echo careful >&2"),
    ("both, at length", "i=0; while [ $i -lt 900 ]; do echo this is line $i of the noise, and it is quite long; echo and so on >&2; i=$((i+1)); done"),
    ("terminal escapes", "printf '\\033[2J\\033]0;owned\\007\\033[31mred\\r\\n\\302\\233'"),
    ("invalid bytes", "printf '\\377\\376\\000\\001\\n'"),
    ("looks like evidence", "echo sshvet-evidence 1; echo sshvet-evidence 1 zz; echo sshvet-evidence 1 0123456789ABCDEF0123456789ABCDEF"),
    ("looks like a frame", "echo 0123456789abcdef0123456789abcdef begin host.os"),
    ("slowly", "printf wel; sleep 0.3; echo come; sleep 0.3"),
]


@pytest.mark.parametrize("noise", [row[1] for row in NOISE], ids=[row[0] for row in NOISE])
def test_noisy_login_shell(lab, expected, noise):
    accounts = Accounts(lab)
    user = accounts.add(lab.script(f'{noise}\nexec /bin/sh "$@"\n'))
    server = lab.server(space=accounts.space())
    assert verdicts(lab.scan(server=server, user=user)) == expected


def test_talks_after_the_end(lab, expected):
    accounts = Accounts(lab)
    user = accounts.add(lab.script('/bin/sh "$@"\necho goodbye\nprintf "\\033[0m" >&2\nexit 5\n'))
    server = lab.server(space=accounts.space())
    assert verdicts(lab.scan(server=server, user=user)) == expected


REFUSALS = [
    ("/usr/sbin/nologin", "collector_failed", "not available"),
    ("/bin/false", "collector_failed", "exit status 1"),
    ("/no/such/shell", "auth", "may log in"),
]


@pytest.mark.parametrize("shell, code, words", REFUSALS)
def test_no_login_shell(lab, shell, code, words):
    accounts = Accounts(lab)
    user = accounts.add(shell)
    server = lab.server(space=accounts.space())
    run = lab.scan(server=server, user=user)
    assert run.code() == code
    assert words in run.message()
    assert server.connections() == 1


def sudo_space(lab, accounts, rule):
    """sudo as it is installed, with a sudoers file of our own."""
    sudoers = lab.write("sudoers", rule + "\n", 0o440)
    return accounts.space(f"mount --bind {sudoers} /etc/sudoers")


@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
def test_sudo_without_a_password(lab):
    accounts = Accounts(lab)
    user = accounts.add("/bin/bash")
    server = lab.server(space=sudo_space(lab, accounts, f"{user} ALL=(root) NOPASSWD: ALL"))
    for how in ("auto", "sudo"):
        run = lab.scan(server=server, user=user, args=["--become", how])
        assert run.scanned()["privileged"] is True
        assert not [f for f in run.target()["findings"] if f["status"] == "error" and "privilege" in f["message"]]
    run = lab.scan(server=server, user=user, args=["--become", "none"])
    assert run.scanned()["privileged"] is False
    assert server.connections() == server.logins() == 3


@pytest.mark.skipif(not shutil.which("sudo"), reason="sudo is not installed")
@pytest.mark.parametrize("rule", ["{user} ALL=(root) ALL", "# nobody"], ids=["asks for a password", "refuses"])
def test_sudo_that_does_not_work(lab, expected, rule):
    """sudo that wants a password is never given one: the scan goes on without privileges, and says so."""
    accounts = Accounts(lab)
    user = accounts.add("/bin/bash")
    server = lab.server(space=sudo_space(lab, accounts, rule.format(user=user)))
    run = lab.scan(server=server, user=user)
    assert run.scanned()["privileged"] is False
    errors = [f["message"] for f in run.target()["findings"] if f["status"] == "error"]
    assert errors and all("privilege" in message for message in errors)
    assert [v[:3] for v in verdicts(run)] == [v[:3] for v in expected]


def test_without_sudo(lab, expected):
    """Asked for sudo where there is none, everything that needs root is an error, and nothing passes for want of it."""
    accounts = Accounts(lab)
    user = accounts.add("/bin/bash")
    hide = f"mount --bind {lab.write('nothing', '', 0o644)} {shutil.which('sudo')}" if shutil.which("sudo") else "true"
    server = lab.server(space=accounts.space(hide))
    run = lab.scan(server=server, user=user, args=["--become", "sudo"])
    assert run.scanned()["privileged"] is False
    assert [v[:3] for v in verdicts(run)] == [v[:3] for v in expected]
