import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from hetkeras.errors import RunDirectoryError
from hetkeras.report.page import write_report


def page(directory):
    return write_report(directory).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plain(untouched):
    """The page of a run as a solve leaves it, with figures in pixels: it is made before `sketches` are."""
    return page(untouched)


def cells(text):
    """Rows of all tables as lists of text."""
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)] for row in rows]


def test_the_page_is_one_file_with_four_figures(plain):
    assert plain.count('src="data:image/svg+xml;base64,') == 4
    assert not re.search(r'(src|href)="(?!data:)', plain)
    assert "http" not in re.sub(r"base64,[^\"]+", "", plain)


def test_numbers_appear_rounded_and_in_their_units(plain):
    values = {row[1]: row[-1] for row in cells(plain) if len(row) == 3}
    assert values == {
        "parameters": "67,599",
        "train_seconds": "6.2",
        "num_agents": "128",
        "euler_residual_rms": "0.0032 %",
        "euler_mse": "8.5e-09",
        "aggregate_slope_q99": "0.9004",
        "policy_error_mean": "0.0048 %",
        "invented_number": "1.235",
        "converged": "yes",
        "reason": "–",
    }


def test_diagnostics_are_folded_and_in_words_before_their_names(plain):
    section = plain.split("<h2>All diagnostics</h2>")[1].split("</section>")[0]
    assert "<details><summary>The 10 numbers of diagnostics.json</summary>" in section
    assert section.rindex("</details>") > section.rindex("</table>")
    assert ["Agents in the economy, N.", "num_agents", "128"] in cells(section)
    assert ["invented number", "invented_number", "1.235"] in cells(section)


def test_the_calibration_is_exact(plain):
    assert "<dt>discount_factor</dt><dd>0.95</dd>" in plain
    assert "<dt>productivity_types</dt><dd>0.9, 1.1</dd>" in plain


def test_a_run_that_converged_says_so(plain):
    assert '<p class="verdict good">Converged: 2 of 2 checks pass</p>' in plain


def test_a_run_that_did_not_converge_gives_the_reason_in_red(run_dir, edit_json):
    edit_json("diagnostics.json", converged=False, reason="slope is 1.17, expected < 1.026", euler_mse=None)
    text = page(run_dir)
    assert '<p class="verdict bad">Not converged: slope is 1.17, expected &lt; 1.026</p>' in text
    assert ["euler_mse", "not finite"] in [[row[1], row[-1]] for row in cells(text) if row]


def test_a_failed_check_is_never_under_a_green_headline(run_dir):
    checks = run_dir / "checks.csv"
    checks.write_text(checks.read_text().replace("0.002,PASS", "0.002,FAIL"))
    text = page(run_dir)
    assert "1 of 2 checks fail" in text
    assert 'class="verdict good"' not in text
    assert '<td class="bad number">FAIL</td>' in text


@pytest.mark.usefixtures("pixels")
def test_exploded_paths_are_drawn_as_far_as_they_are_finite(run_dir):
    lines = (run_dir / "paths.csv").read_text().splitlines()
    lines[-1] = "3,nan,-inf,inf,1e40,nan,0.03"
    (run_dir / "paths.csv").write_text("\n".join(lines))
    assert "1 of 4 periods hold numbers that are not finite" in page(run_dir)


@pytest.mark.parametrize(("name", "pictures"), [("paths.csv", 1), ("concentration.csv", 3), ("checks.csv", 4)])
def test_an_absent_table_is_a_visible_sentence(run_dir, name, pictures):
    (run_dir / name).unlink()
    text = page(run_dir)
    assert f"{name} is not in the directory" in text
    assert text.count("data:image/svg+xml") == pictures


def test_a_model_without_a_reference_and_without_a_saved_model_has_a_page(run_dir):
    shutil.rmtree(run_dir / "saved_model")
    lines = (run_dir / "paths.csv").read_text().splitlines()
    (run_dir / "paths.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in lines))
    text = page(run_dir)
    assert "there is no SavedModel to load" in text
    assert "distance to the reference" not in text


def test_what_is_drawn_beside_a_value_bears_its_own_name(run_dir, edit_json):
    policy = {"inputs": {"capital": ["B"], "industry_capital": ["B", "N"]}, "dtype": "float32"}
    functions = {
        "policy": {**policy, "outputs": {"investment": ["B"]}},
        "value": {**policy, "outputs": {"value": ["B"]}},
    }
    edit_json("saved_model/assets/hetkeras.json", signatures=functions)
    (run_dir / "concentration.csv").unlink()
    text = page(run_dir)
    assert "First-order residuals along fresh equilibrium paths" in text
    assert "Euler residuals" not in text
    assert "concentration of measure is not drawn" not in text


def test_the_snippet_names_the_inputs_of_the_saved_model(plain):
    code = re.search(r"<pre>(.*?)</pre>", plain, re.DOTALL)[1].replace("&#34;", '"')
    compile(code, "snippet", "exec")
    assert '"industry_capital": tf.cast(tf.fill([4, 128], 0.85), "float32"),  # [B, N]' in code
    assert 'print(policy(**inputs)["investment"])' in code


def test_text_is_escaped(run_dir, edit_json):
    edit_json("run.json", model="<script>alert(1)</script>")
    text = page(run_dir)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("run.json", '{"model": "Inv', "expected a JSON object"),
        ("run.json", "[1, 2]", "holds a list"),
        ("run.json", "[" * 200_000, "is damaged: maximum recursion depth"),
        ("run.json", '{"model": "Investment"}', "has no calibration among its keys model"),
        ("run.json", '{"model": "Investment", "calibration": 3}', "calibration is 3"),
        ("diagnostics.json", None, "is missing"),
        ("diagnostics.json", "", "is damaged"),
        ("diagnostics.json", '{"converged": "yes"}', "converged is 'yes', expected true or false"),
        ("checks.csv", "check,measured,expected,verdict\na,1,2,MAYBE\n", "line 2: verdict is 'MAYBE'"),
        ("checks.csv", "check,measured,expected,verdict\n", "no rows"),
        ("paths.csv", "period,action\n0,1\n", "lacks the columns residual_mean"),
        ("concentration.csv", "num_agents,residual_sd\n2,0.1\n8\n", "line 3 has 1 cells under 2 columns"),
        ("concentration.csv", "num_agents,residual_sd\n2,much\n", "residual_sd is no number; expected one"),
        ("concentration.csv", b"\xff\xfe\x00", "encoding is UTF-16"),
    ],
)
def test_damage_is_refused_by_name(run_dir, name, content, says):
    path = run_dir / name
    path.unlink()
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RunDirectoryError, match=re.escape(says)) as caught:
        write_report(run_dir)
    assert str(path) in str(caught.value)
    assert not (run_dir / "report.html").exists()


def test_a_pipe_keeps_nobody_waiting(run_dir):
    (run_dir / "diagnostics.json").unlink()
    os.mkfifo(run_dir / "diagnostics.json")
    with pytest.raises(RunDirectoryError, match=r"diagnostics\.json cannot be read .*a pipe or a device"):
        write_report(run_dir)


def test_a_directory_of_neither_kind_is_refused(tmp_path):
    with pytest.raises(
        RunDirectoryError, match=r"holds neither run\.json nor results\.csv nor sweep\.csv nor estimate"
    ):
        write_report(tmp_path)
    with pytest.raises(RunDirectoryError, match="does not exist"):
        write_report(tmp_path / "nowhere")


@pytest.mark.usefixtures("pixels")
def test_the_page_does_not_depend_on_when_it_is_drawn(plain, untouched):
    assert page(untouched) == plain


def test_the_command_prints_the_path_or_one_line_and_no_traceback(run_dir):
    command = [sys.executable, "-m", "apps.report", f"--run_dir={run_dir}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"page: {run_dir / 'report.html'}\n")
    (run_dir / "run.json").write_text(json.dumps([]))
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr


def test_reports_need_no_tensorflow():
    code = (
        "import sys, hetkeras.report.page; sys.exit('tensorflow' in sys.modules or 'matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("pixels")
def test_the_curve_of_training_is_drawn_where_a_run_left_one(run_dir):
    curve = "step,metric,value\n50,loss,0.1\n50,residual_max,0.3\n100,loss,nan\n100,economics/rules_distance,inf\n"
    (run_dir / "training.csv").write_text(curve)
    assert page(run_dir).count("What training reports by step") == 1
    (run_dir / "training.csv").write_text("step,metric,value\n50,residual_max,0.3\n")
    assert "What training reports" not in page(run_dir)


# --- how it was solved ---------------------------------------------------------------------------------------
def groups(text):
    """Titles under the last but one heading, each with its names and values."""
    section = text.split("<h2>How it was solved</h2>")[1].split("<h2>")[0]
    title, found = "", {}
    for heading, name, value in re.findall(r"<h3>(.*?)</h3>|<dt>(.*?)</dt><dd>(.*?)</dd>", section):
        title = heading or title
        if name:
            found.setdefault(title, {})[name] = value
    return found


def test_settings_and_options_stand_under_titles(run_dir, edit_json):
    run = {
        "model": "Skills",
        "model_file": "my_model.py",
        "model_checksum": "ab12",
        "calibration": {"num_workers": 64},
        "seed": 7,
        "settings": {"num_steps": 600, "points": "on_policy", "widths": [128, 128], "warmup": None},
        "options": {},
        "preset": "quick",
        "device": "CPU, 2 threads",
        "versions": {"tensorflow": "2.21.0"},
        "commit": "c0ffee",
    }
    (run_dir / "run.json").write_text(json.dumps(run))
    text = page(run_dir)
    assert '<p class="subtitle">model Skills of my_model.py, preset quick, seed 7</p>' in text
    single = {"model_file": "my_model.py", "model_checksum": "ab12", "seed": "7"}
    assert groups(text) == {
        "": single | {"preset": "quick", "device": "CPU, 2 threads", "commit": "c0ffee"},
        "Settings of the method": {
            "num_steps": "600",
            "points": "on_policy",
            "widths": "128, 128",
            "warmup": "–",
        },
        "Versions of packages": {"tensorflow": "2.21.0"},
    }
    edit_json("run.json", options={"network": "deep_sets", "width": 128, "fixed_rules": False})
    options = {"network": "deep_sets", "width": "128", "fixed_rules": "no"}
    assert groups(page(run_dir))["Options of the solve"] == options


def test_groups_of_older_runs_keep_their_names(run_dir, edit_json):
    edit_json("run.json", network={"width": 64}, flags={"groups": 20})
    found = groups(page(run_dir))
    assert found["method"] == {"num_steps": "600"}
    assert found["network"] == {"width": "64"}
    assert found["flags"] == {"groups": "20"}
