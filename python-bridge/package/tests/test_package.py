"""The package alone: `python -m unittest discover -s package/tests` in the folder above."""

import os
import subprocess
import sys
import tempfile
import unittest

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, PACKAGE)

from eigen_driver import BaseDriver, DeviceInfo, ExecutionResult, PendingJob, current_call  # noqa: E402
from eigen_driver.testing import check  # noqa: E402


class Good(BaseDriver):
    def get_devices(self):
        return [DeviceInfo("good:1")]

    async def execute_circuit(self, device_id, circuit, shots, options):
        assert current_call().job_id == "check"
        return ExecutionResult({"00": shots // 2, "11": shots // 2}, 0.1)


def problems_of(driver):
    return check(driver, report=lambda line: None)


class Check(unittest.TestCase):
    def test_a_good_driver_has_no_problems(self):
        self.assertEqual(problems_of(Good), [])
        self.assertEqual(problems_of(Good()), [])

    def test_wrong_totals_and_keys_are_told(self):
        class Bad(Good):
            def execute_circuit(self, device_id, circuit, shots, options):
                return {"0": 1, "01": 98}, 0.0, {}

        text = "\n".join(problems_of(Bad))
        self.assertIn("add up to 99", text)
        self.assertIn("two measured bits", text)
        self.assertIn("a Bell state gives equal ones", text)

    def test_wrong_names_of_arguments_are_told(self):
        class Bad(Good):
            def execute_circuit(self, device, circuit, shots, options):
                return {"00": shots}, 0.0, {}

        self.assertIn("by these names", problems_of(Bad)[0])

    def test_a_pending_job_needs_poll_job(self):
        class Bad(Good):
            def execute_circuit(self, device_id, circuit, shots, options):
                return PendingJob("t")

        self.assertIn("write the method `poll_job`", problems_of(Bad)[0])

    def test_no_devices_and_twins_are_told(self):
        class Empty(Good):
            def get_devices(self):
                return []

        class Twins(Good):
            def get_devices(self):
                return ["x"] and [DeviceInfo("a"), DeviceInfo("a")]

        self.assertIn("no device", problems_of(Empty)[0])
        self.assertIn("`a` twice", problems_of(Twins)[0])

    def test_the_new_driver_passes_the_check(self):
        run = {"cwd": PACKAGE, "stdout": subprocess.PIPE, "check": True, "universal_newlines": True}
        source = subprocess.run([sys.executable, "-m", "eigen_driver", "new", "my_lab"], **run).stdout
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "my_lab_driver.py")
            with open(file, "w") as opened:
                opened.write(source)
            checked = subprocess.run([sys.executable, "-m", "eigen_driver", "check", file], **run).stdout
        self.assertIn("The driver works.", checked)


if __name__ == "__main__":
    unittest.main()
