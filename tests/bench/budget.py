"""Instructions and heap allocations per request of the relay, measured and compared with a record.

The instructions are callgrind's count of relay_instructions for a fixed workload: the same total
every time for the same build, so that a rise of a few percent is a change of the code. Only counts
of the same compiler, flags, C library and nghttp2 can be compared.
"""

import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
RECORD = os.path.join(HERE, "instruction_budget.json")
TOLERANCE = 0.03
# Of allocations per request: a whole one more is a change, a rare one is how work falls on turns.
ALLOCATION_SLACK = 0.5

WORKLOADS = {
    "small": {"what": "GET, 1 KiB, 100 streams", "arguments": {"requests": 2000}},
    "lone": {"what": "GET, 1 KiB, 1 stream",
             "arguments": {"streams": 1, "requests": 500, "warm-up": 100}},
    "download": {"what": "GET, 1 MiB, 4 streams",
                 "arguments": {"streams": 4, "requests": 40, "warm-up": 60,
                               "response-bytes": 1 << 20}},
    "upload": {"what": "POST, 1 MiB, 4 streams",
               "arguments": {"streams": 4, "requests": 40, "warm-up": 60,
                             "request-bytes": 1 << 20, "response-bytes": 2}},
}

# The C library picks its string functions by the processor: let every machine pick the same.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "LC_ALL": "C",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM,-AVX512F,-AVX512VL,-BMI2,"
                      "-AVX_Fast_Unaligned_Load",
}


class NotMeasured(Exception):
    """The program is not there, or it failed."""


def measure(program, workload, profile=None):
    """Runs one workload under callgrind. `profile` keeps callgrind's file under that name."""
    with tempfile.TemporaryDirectory(prefix="outhaul-budget-") as directory:
        out = os.path.abspath(profile) if profile else os.path.join(directory, "callgrind.out")
        command = ["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
                   "--toggle-collect=outhaul::bench::measured_turn*",
                   f"--callgrind-out-file={out}", os.path.abspath(program)]
        for name, value in WORKLOADS[workload]["arguments"].items():
            command += [f"--{name}", str(value)]
        # Neither the caller's environment nor its directory may move the stack.
        done = subprocess.run(command, env=ENVIRONMENT, cwd="/", capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise NotMeasured(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")
        served = json.loads(done.stdout)
        total = _total(out)
    return {"instructions_per_request": round(total / served["requests"], 1),
            "allocations_per_request": round(served["allocations"] / served["requests"], 2),
            "turns_per_request": round(served["turns"] / served["requests"], 3),
            "built_by": served["built_by"]}


def _total(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(("totals:", "summary:")):
                total = int(line.split()[1])
                if total > 0:
                    return total
    raise NotMeasured(f"{path} has no total: callgrind did not find measured_turn()")


def load_record(path=RECORD):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save_record(measured, path=RECORD):
    record = {"built_by": next(iter(measured.values()))["built_by"],
              "workloads": {name: {key: value for key, value in result.items()
                                   if key != "built_by"}
                            for name, result in measured.items()}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
        file.write("\n")


def comparable(result, record):
    """Empty, or why the two cannot be compared."""
    if result["built_by"] == record["built_by"]:
        return ""
    return f"built by '{result['built_by']}', recorded by '{record['built_by']}'"


def over_budget(result, recorded):
    """Empty, or by how much the result is over what was recorded."""
    complaints = []
    now, before = (side["instructions_per_request"] for side in (result, recorded))
    if now > before * (1 + TOLERANCE):
        complaints.append(f"{now:.0f} instructions a request, recorded {before:.0f}: "
                          f"{100 * (now / before - 1):+.1f} %, allowed +{100 * TOLERANCE:.0f} %")
    now, before = (side["allocations_per_request"] for side in (result, recorded))
    if now > before + ALLOCATION_SLACK:
        complaints.append(f"{now:g} heap allocations a request, recorded {before:g}")
    return "; ".join(complaints)
