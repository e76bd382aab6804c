"""Jobs, job runs, their logs and service limits through the oci SDK for Python, whose client models check every answer."""

import datetime
import os
import sys

import oci
from oci.data_science import DataScienceClient, DataScienceClientCompositeOperations
from oci.data_science import models as ds
from oci.limits import LimitsClient
from oci.logging import LoggingManagementClient, LoggingManagementClientCompositeOperations
from oci.logging import models as lg
from oci.loggingsearch import LogSearchClient
from oci.loggingsearch.models import SearchLogsDetails

config = oci.config.from_file(os.environ["OCI_CONFIG_FILE"])
where = {"service_endpoint": os.environ["CLOUD_URL"], "retry_strategy": oci.retry.NoneRetryStrategy()}
compartment = os.environ["CLOUD_COMPARTMENT"]
project = os.environ["NBJOB_OCI_PROJECT"]
client = DataScienceClient(config, **where)
both = DataScienceClientCompositeOperations(client)
fast = {"max_interval_seconds": 1, "max_wait_seconds": 60}

# A log group, made by a work request.
logging = LoggingManagementClient(config, **where)
logging_both = LoggingManagementClientCompositeOperations(logging)
made = logging_both.create_log_group_and_wait_for_state(
    lg.CreateLogGroupDetails(compartment_id=compartment, display_name="sdk"), ["SUCCEEDED"], waiter_kwargs=fast
)
group = made.data.resources[0].identifier
assert logging.get_log_group(group).data.lifecycle_state == "ACTIVE"

# A job with an image, and what the SDK makes of the answer.
shapes = [shape.name for shape in client.list_job_shapes(compartment).data]
assert "VM.Standard.E4.Flex" in shapes, shapes
assert client.list_fast_launch_job_configs(compartment).data[0].managed_egress_support == "SUPPORTED"
details = ds.CreateJobDetails(
    project_id=project,
    compartment_id=compartment,
    display_name="sdk",
    freeform_tags={"by": "sdk"},
    job_configuration_details=ds.DefaultJobConfigurationDetails(
        environment_variables={"A": "1"}, maximum_runtime_in_minutes=10
    ),
    job_infrastructure_configuration_details=ds.ManagedEgressStandaloneJobInfrastructureConfigurationDetails(
        shape_name="VM.Standard.E4.Flex",
        block_storage_size_in_gbs=50,
        job_shape_config_details=ds.JobShapeConfigDetails(ocpus=1, memory_in_gbs=16),
    ),
    job_environment_configuration_details=ds.OcirContainerJobEnvironmentConfigurationDetails(
        image="iad.ocir.io/nbjobcloud/nbjob:1", entrypoint=["sh", "-c"], cmd=["echo from $WHO; exit $CODE"]
    ),
    job_log_configuration_details=ds.JobLogConfigurationDetails(
        enable_logging=True, enable_auto_log_creation=True, log_group_id=group
    ),
    job_storage_mount_configuration_details_list=[
        ds.ObjectStorageMountConfigurationDetails(namespace="nbjobcloud", bucket="bucket", destination_directory_name="in")
    ],
)
job = both.create_job_and_wait_for_state(details, ["ACTIVE"], waiter_kwargs=fast).data
assert isinstance(job.job_storage_mount_configuration_details_list[0], ds.ObjectStorageMountConfigurationDetails)
assert client.update_job(job.id, ds.UpdateJobDetails(description="d")).data.description == "d"
listed = oci.pagination.list_call_get_all_results(client.list_jobs, compartment, display_name="sdk", limit=1).data
assert [each.id for each in listed] == [job.id]


def run(**variables):
    override = ds.DefaultJobConfigurationDetails(environment_variables=variables)
    create = ds.CreateJobRunDetails(
        project_id=project,
        compartment_id=compartment,
        job_id=job.id,
        job_configuration_override_details=override,
    )
    ends = ["SUCCEEDED", "FAILED"]
    return both.create_job_run_and_wait_for_state(create, ends, waiter_kwargs=fast).data


# Runs, their ends and their logs.
good, bad = run(WHO="good", CODE="0"), run(WHO="bad", CODE="21")
assert good.lifecycle_state == "SUCCEEDED", good
assert bad.lifecycle_details == "Job run artifact execution failed with exit code 21.", bad
assert good.time_accepted <= good.time_started <= good.time_finished
search = LogSearchClient(config, **where)
stream = f"{compartment}/{group}/{bad.log_details.log_id}"
answer = search.search_logs(
    SearchLogsDetails(
        time_start=bad.time_accepted,
        time_end=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1),
        search_query=f"search \"{stream}\" | where source = '*{bad.id}' | sort by datetime asc",
        is_return_field_info=False,
    ),
    limit=1000,
).data
assert [each.data["logContent"]["data"]["message"] for each in answer.results] == ["from bad"]
runs = oci.pagination.list_call_get_all_results(client.list_job_runs, compartment, job_id=job.id, limit=1).data
assert {each.id for each in runs} == {good.id, bad.id}
updated = client.update_job_run(good.id, ds.UpdateJobRunDetails(freeform_tags={"k": "v"}))
assert updated.data.freeform_tags == {"k": "v"}

# An artifact, and a job that is over.
plain = client.create_job(
    ds.CreateJobDetails(
        project_id=project,
        compartment_id=compartment,
        job_configuration_details=ds.DefaultJobConfigurationDetails(),
        job_infrastructure_configuration_details=details.job_infrastructure_configuration_details,
    )
).data
assert plain.lifecycle_state == "CREATING"
client.create_job_artifact(plain.id, b"print(1)", content_disposition="attachment; filename=a.py")
assert client.get_job_artifact_content(plain.id).data.content == b"print(1)"
assert client.head_job_artifact(plain.id).headers["content-disposition"] == "attachment; filename=a.py"
both.delete_job_and_wait_for_state(plain.id, ["SUCCEEDED"], waiter_kwargs=fast)
assert client.get_job(plain.id).data.lifecycle_state == "DELETED"

# Limits.
limits = LimitsClient(config, **where)
name = limits.list_limit_values(os.environ["CLOUD_TENANCY"], "data-science").data[0].name
assert limits.get_resource_availability("data-science", name, compartment).data.available > 0

# What is refused is refused as everywhere.
try:
    client.get_job("ocid1.datasciencejob.oc1.iad.none")
    sys.exit("a job that is not there was found")
except oci.exceptions.ServiceError as error:
    assert (error.status, error.code) == (404, "NotAuthorizedOrNotFound"), error
