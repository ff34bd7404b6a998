"""Every deck of tests/decks/malformed, which says on its first line where and how it must be refused."""

import re

import harness
from harness import ROOT, CaseTest, run

MALFORMED = sorted((ROOT / "tests" / "decks" / "malformed").glob("*.toml"))


class Malformed(CaseTest):
    def assert_refused(self, deck, done):
        with open(deck, errors="replace") as file:
            line, key, hint = re.fullmatch(r"# expect: line=(\d+) key=(.*?) hint=(.+)\n", file.readline()).groups()
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, rf"(?m)^error: {re.escape(str(deck))}:{line}(:\d+)?: {re.escape(key)}")
        self.assertIn(hint, done.stderr)
        self.assertEqual(len(re.findall(rf"{deck.name}:\d+", done.stderr)), 1, "more than one mistake: " + done.stderr)

    def test_check_refuses_every_deck(self):
        self.assertGreaterEqual(len(MALFORMED), 40)
        for deck in MALFORMED:
            with self.subTest(deck.name):
                self.assert_refused(deck, run(1, "check", deck))

    def test_a_caret_is_under_the_mistake(self):
        for name, mistake in (("80_unknown_symbol", "mu"), ("83_derivative_by_a_parameter", "nu"),
                              ("a9_unknown_symbol_in_the_reference", "xx")):
            with self.subTest(name):
                deck = ROOT / "tests" / "decks" / "malformed" / f"{name}.toml"
                lines = run(1, "check", deck).stderr.splitlines()
                (caret,) = [i for i, line in enumerate(lines) if re.fullmatch(r"[ |]*\^~*", line)]
                column = lines[caret].index("^")
                self.assertTrue(lines[caret - 1][column:].startswith(mistake), "\n".join(lines))

    def test_all_ranks_of_a_run_refuse_together(self):
        for deck in MALFORMED[::len(MALFORMED) // 5][:5]:
            with self.subTest(deck.name):
                done = run(4, "run", deck, "--output", self.folder / "out", cwd=self.folder)
                self.assert_refused(deck, done)
                self.assertEqual(list(self.folder.iterdir()), [], "something was left behind")

    def test_the_good_deck_is_good(self):
        done = run(1, "check", ROOT / "tests" / "decks" / "good" / "network.toml")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    harness.main()
