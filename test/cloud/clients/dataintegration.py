"""Data Integration by the oci SDK for Python: waiters, pages, subtypes, and refusals."""

import os

import oci
from oci.data_integration import DataIntegrationClient, DataIntegrationClientCompositeOperations
from oci.data_integration import models as di

URL = os.environ["CLOUD_URL"]
COMPARTMENT = os.environ["CLOUD_COMPARTMENT"]
client = DataIntegrationClient(oci.config.from_file(os.environ["OCI_CONFIG_FILE"]), service_endpoint=URL)
fast = {"max_interval_seconds": 0.05, "succeed_on_not_found": False}
together = DataIntegrationClientCompositeOperations(client)

# The waiters of the SDK read the work request's state, and the workspace's.
work_request = together.create_workspace_and_wait_for_state(
    di.CreateWorkspaceDetails(display_name="sdk", compartment_id=COMPARTMENT),
    wait_for_states=["SUCCEEDED", "FAILED"],
    waiter_kwargs=fast,
).data
assert work_request.operation_type == "CREATE_WORKSPACE", work_request
assert work_request.resources[0].action_type == "CREATED", work_request
workspace = work_request.resources[0].identifier
oci.wait_until(client, client.get_workspace(workspace), "lifecycle_state", "ACTIVE", max_interval_seconds=0.05)
assert client.get_workspace(workspace).data.time_created.year >= 2026

project = client.list_projects(workspace, identifier=["MY_FIRST_PROJECT"]).data.items[0].key
application = client.list_applications(workspace, fields=["key"]).data.items[0].key


def task(identifier, **kwargs):
    return di.CreateTaskFromRestTask(
        name=identifier,
        identifier=identifier,
        registry_metadata=di.RegistryMetadata(aggregator_key=project),
        auth_config=di.ResourcePrincipalAuthConfig(resource_principal_source="APPLICATION"),
        api_call_mode="SYNCHRONOUS",
        execute_rest_call_config=di.ExecuteRestCallConfig(
            method_type="GET",
            config_values=di.ConfigValues(
                config_param_values={"requestURL": di.ConfigParameterValue(string_value=URL + "/n/nbjobcloud/b")}
            ),
        ),
        **kwargs,
    )


# Subtypes are told apart by what the service says.
created = client.create_task(workspace, task("T_1"), opc_retry_token="once").data
assert isinstance(created, di.TaskFromRestTaskDetails), type(created)
assert created.metadata.aggregator.identifier == "MY_FIRST_PROJECT", created.metadata
assert client.create_task(workspace, task("T_1"), opc_retry_token="once").data.key == created.key
for number in (2, 3, 4, 5):
    client.create_task(workspace, task(f"T_{number}"))
pages = oci.pagination.list_call_get_all_results(client.list_tasks, workspace, limit=2).data
assert [each.identifier for each in pages] == [f"T_{number}" for number in (1, 2, 3, 4, 5)], pages
assert all(isinstance(each, di.TaskSummaryFromRestTask) for each in pages)

# Other kinds of task are kept, though not run.
sql = client.create_task(
    workspace,
    di.CreateTaskFromSQLTask(
        name="s", identifier="S", registry_metadata=di.RegistryMetadata(aggregator_key=project), sql_script_type="STORED_PROCEDURE"
    ),
).data
assert isinstance(client.get_task(workspace, sql.key).data, di.TaskFromSQLTaskDetails)


def refused(status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except oci.exceptions.ServiceError as error:
        assert error.status == status, error
        assert error.request_id, error.headers
        return error.code
    raise AssertionError(f"{call.__name__} was not refused with {status}")


assert refused(409, client.create_task, workspace, task("T_2")) == "NotAuthorizedOrResourceAlreadyExists"
assert refused(400, client.create_task, workspace, task("not one")) == "InvalidParameter"
details = di.UpdateTaskFromRestTask(key=created.key, object_version=1, name="edited")
etag = client.get_task(workspace, created.key).headers["etag"]
client.update_task(workspace, created.key, details, if_match=etag)
assert refused(409, client.update_task, workspace, created.key, details) == "IncorrectState"
details.object_version = 2
assert refused(412, client.update_task, workspace, created.key, details, if_match=etag) == "NoEtagMatch"

patch = client.create_patch(
    workspace,
    application,
    di.CreatePatchDetails(name="p", identifier="P", patch_type="PUBLISH", object_keys=[created.key]),
).data
patch = oci.wait_until(
    client, client.get_patch(workspace, application, patch.key), "patch_status", "SUCCESSFUL", max_interval_seconds=0.05
).data
assert patch.patch_object_metadata[0].type == "REST_TASK", patch
published = client.list_published_objects(workspace, application, name="edited").data.items[0]
assert published.key != created.key
run = client.create_task_run(
    workspace, application, di.CreateTaskRunDetails(registry_metadata=di.RegistryMetadata(aggregator_key=published.key))
).data
done = oci.wait_until(
    client,
    client.get_task_run(workspace, application, run.key),
    evaluate_response=lambda response: response.data.status in ("SUCCESS", "ERROR"),
    max_interval_seconds=0.05,
).data
# It lists buckets without saying of which compartment.
assert done.status == "ERROR" and "400" in done.error_message, done
