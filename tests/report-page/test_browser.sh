#!/usr/bin/env bash
# test_browser.sh MAKE_REPORT OUT: a report of the default run with three of its embedders, a made-up
# hostile one, the largest there may be, and pages of harness explain and project, by a checker of HTML and in headless Chromium; screenshots stay in OUT.
set -u
make_report=$1 out=$2
here=$(dirname "$0")
models=${HARNESS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/harness}/models
for need in minilm/config.json glove/vectors.txt word2vec/vectors.bin; do
  [ -e "$models/$need" ] || { echo "skipped: no model $need"; exit 77; }
done
[ -d "$models/../datasets/wordnet-examples" ] || { echo "skipped: no prepared data sets"; exit 77; }
command -v tidy >/dev/null || { echo "skipped: no tidy"; exit 77; }
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# The default run, of the first items of each set.
"$HARNESS" --suite wsd,similarity --limit 60 --resamples 200 --out "$work" --name real \
  --embedder minilm --embedder glove --embedder word2vec >"$work/table.txt" 2>"$work/said.txt" || failures=1
finding=$(sed -n 's|.*<p class="finding"><strong>\(.*\)</strong>.*|\1|p' "$work/real.html" | head -1)
[ -n "$finding" ] && tr '\n' ' ' <"$work/table.txt" | grep -qF -- "$finding" ||
  { echo "FAILED: the terminal does not say '$finding'"; failures=1; }
/usr/bin/python3 - "$work/real.html" <<'EOF' || failures=1
# Marks are explained where they stand, and there alone.
import re, sys
suites = re.findall(r'<h3><bdi>(wsd|similarity)</bdi></h3>(.*?)(?=<h[23])', open(sys.argv[1]).read(), re.S)
assert len(suites) == 2, [name for name, _ in suites]
for name, card in suites:
    assert (" drawn</small>" in card) == ("<b>= drawn</b>" in card), f"FAILED: = drawn in the head table of {name}"
EOF
"$HARNESS" report "$work/real.json" --page summary -o "$work/summary.html" || failures=1
[ "$(stat -c %s "$work/summary.html")" -lt "$(stat -c %s "$work/real.html")" ] || { echo "FAILED: no summary"; failures=1; }
"$make_report" hostile "$work/hostile" >/dev/null || failures=1
"$HARNESS" explain bank "They moored the boat along the muddy bank." "The bank refused to lend us the money." \
  --embedder minilm --embedder glove --embedder gpt=transformer-causal:"$HARNESS_SOURCE_ROOT/tests/golden/tiny-gpt" \
  --html "$work/explain.html" >/dev/null || failures=1
"$HARNESS" explain bank "<script>window.harmed = 1</script> the bank" "\"> <img src=x onerror='window.harmed = 1'> [bank]; bank" \
  "two river [banks] & שלום" "A bank with a name as long as $(printf 'supercalifragilistic%.0s' {1..9}) has no room." \
  --embedder minilm --embedder "<b>x</b>=glove" --html "$work/explain-hostile.html" >/dev/null || failures=1

cat >"$work/occurrences.txt" <<'EOF'
river	They moored the boat along the muddy bank.
river	The river burst its bank after the storm.
river	We walked along the bank of the canal.
money	The bank refused to lend us the money.
money	She opened an account at the bank.
money	The bank raised its interest rates.
EOF
"$HARNESS" project bank "$work/occurrences.txt" --embedder minilm --embedder glove -o "$work/project.html" \
  2>>"$work/said.txt" || failures=1
"$make_report" wide "$work/wide" >/dev/null || failures=1

# tidy calls empty cells and names "trimmed"; they are meant.
for page in real summary hostile explain explain-hostile project; do
  if tidy -quiet -errors "$work/$page.html" 2>&1 | grep -v 'trimming empty' | tee "$work/tidy.txt" | grep .; then
    echo "FAILED: tidy on $page.html"
    failures=1
  fi
done
/usr/bin/python3 "$here/browser.py" "$out" "$work"/{real,summary,hostile,explain,explain-hostile,project,wide}.html
status=$?
[ "$status" = 77 ] && exit $((failures ? 1 : 77))
exit $((failures || status))
