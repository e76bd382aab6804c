"""A job made, run, watched and cancelled by oracle-ads."""

import contextlib
import io
import os
import time

import oci

url = os.environ["CLOUD_URL"]


def at_the_cloud(module, name):
    """ADS takes an endpoint for Data Science only: its other clients are told here where the cloud is."""
    original = getattr(module, name)

    class Client(original):
        def __init__(self, config, **kwargs):
            super().__init__(config, **{**kwargs, "service_endpoint": url})

    setattr(module, name, Client)


for module, name in (
    (oci.data_science, "DataScienceClient"),
    (oci.logging, "LoggingManagementClient"),
    (oci.loggingsearch, "LogSearchClient"),
):
    at_the_cloud(module, name)

import ads  # noqa: E402
from ads.jobs import ContainerRuntime, DataScienceJob, DataScienceJobRun, Job, ScriptRuntime  # noqa: E402

ads.set_auth("api_key", oci_config_location=os.environ["OCI_CONFIG_FILE"])


def infrastructure():
    return (
        DataScienceJob()
        .with_compartment_id(os.environ["CLOUD_COMPARTMENT"])
        .with_project_id(os.environ["NBJOB_OCI_PROJECT"])
        .with_shape_name("VM.Standard.E4.Flex")
        .with_shape_config_details(memory_in_gbs=16, ocpus=1)
        .with_block_storage_size(50)
        .with_log_group_id(os.environ["NBJOB_OCI_LOG_GROUP"])
        .with_storage_mount({"src": "oci://bucket@nbjobcloud/in", "dest": "in"})
    )


def watch(run):
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        run.watch(interval=0.1, wait=1)
    return told.getvalue()


# A container: its log, its states, its exit code.
container = Job(name="ads container").with_infrastructure(infrastructure())
container.with_runtime(
    ContainerRuntime()
    .with_image("iad.ocir.io/nbjobcloud/nbjob:1")
    .with_entrypoint(["sh", "-c"])
    .with_cmd(["echo hello from $WHO; exit 21"])
    .with_environment_variable(WHO="nobody")
)
container.create()
assert container.status() == "ACTIVE", container
run = container.run(name="ads run", env_var={"WHO": "ads"}, freeform_tags={"k": "v"})
told = watch(run)
assert "hello from ads" in told, told
assert "Job Run FAILED, Job run artifact execution failed with exit code 21." in told, told
assert (run.status, run.exit_code) == ("FAILED", 21), run.status
assert [record["message"] for record in run.logs()][2:-1] == ["hello from ads"], run.logs()

# Read back as ADS reads it: the job, its runs, one of them.
again = Job.from_datascience_job(container.id)
assert again.runtime.image == "iad.ocir.io/nbjobcloud/nbjob:1", again
assert [each.id for each in again.run_list()] == [run.id]
assert DataScienceJobRun.from_ocid(run.id).exit_code == 21

# A script in an environment of the service's: ADS uploads it as the job's artifact.
script = os.path.join(os.environ["CLOUD_WORK"], "script.py")
with open(script, "w") as file:
    file.write("import sys\nprint('script', sys.argv[1:])\n")
job = Job(name="ads script").with_infrastructure(infrastructure())
runtime = ScriptRuntime().with_source(script).with_service_conda("generalml_p311_cpu_x86_64_v1")
job.with_runtime(runtime.with_argument("a b", 1)).create()
succeeded = job.run()
told = watch(succeeded)
assert "script ['a b', '1']" in told, told
assert (succeeded.status, succeeded.exit_code) == ("SUCCEEDED", 0), succeeded.lifecycle_details

# Several nodes. The run names its node group again, without what the job says of it; the variables that are given to the
# run are not among what ADS 2.16 sends.
nodes = Job(name="ads nodes").with_infrastructure(infrastructure())
nodes.with_runtime(
    ContainerRuntime()
    .with_image("iad.ocir.io/nbjobcloud/nbjob:1")
    .with_entrypoint(["sh", "-c"])
    .with_cmd(["echo rank $NODE_RANK of $NODE_COUNT, $WHO"])
    .with_environment_variable(WHO="nobody")
    .with_replica(2)
).create()
several = nodes.run(env_var={"WHO": "ads"})
told = watch(several)
assert "rank 0 of 2, nobody" in told and "rank 1 of 2, nobody" in told, told
assert several.status == "SUCCEEDED", several.lifecycle_details

# A cancel.
sleeper = Job(name="ads sleeper").with_infrastructure(infrastructure())
sleeper.with_runtime(
    ContainerRuntime().with_image("iad.ocir.io/nbjobcloud/nbjob:1").with_entrypoint(["sleep"]).with_cmd(["600"])
).create()
sleeping = sleeper.run()
while sleeping.status != "IN_PROGRESS":
    time.sleep(0.05)
    sleeping.sync()
ads.jobs.builders.infrastructure.dsc_job.SLEEP_INTERVAL = 0.1
assert sleeping.cancel().status == "CANCELED"
sleeping.delete()
sleeper.delete()
