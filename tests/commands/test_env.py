"""What `eval "$(make -s env)"` gives to a shell."""

import subprocess

from commands.env import exports


def test_a_shell_gets_each_value_as_it_is():
    odd = {"ONE": "a 'b' \"c\" $HOME `x`\n;d", "TWO": ""}
    script = "\n".join(exports(odd, {})) + '\nprintf "%s|%s" "$ONE" "$TWO"'
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout == f"{odd['ONE']}|"


def test_what_the_shell_has_already_is_not_printed():
    assert exports({"PATH": "/bin", "NEW": "1"}, {"PATH": "/bin"}) == ["export NEW=1"]
