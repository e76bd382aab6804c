"""python sdk.py up|down FOLDER PREFIX: the OCI SDK for Python as its documentation has it: UploadManager, get_object."""

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import oci

direction, folder, prefix = sys.argv[1:]
namespace = os.environ["NBJOB_OCI_NAMESPACE"]
client = oci.object_storage.ObjectStorageClient(
    oci.config.from_file(os.environ["OCI_CONFIG_FILE"]), service_endpoint=os.environ["NBJOB_OCI_ENDPOINT"]
)
manager = oci.object_storage.UploadManager(client)


def upload(name: str) -> None:
    manager.upload_file(namespace, "bucket", f"{prefix}/{name}", os.path.join(folder, name))


def download(name: str) -> None:
    answer = client.get_object(namespace, "bucket", name)
    with open(os.path.join(folder, name.removeprefix(f"{prefix}/")), "wb") as file:
        shutil.copyfileobj(answer.data.raw, file, 1024 * 1024)


if direction == "up":
    work, names = upload, os.listdir(folder)
else:
    os.makedirs(folder, exist_ok=True)
    listed = oci.pagination.list_call_get_all_results(client.list_objects, namespace, "bucket", prefix=f"{prefix}/")
    work, names = download, [found.name for found in listed.data.objects]
with ThreadPoolExecutor(16) as pool:
    list(pool.map(work, names))
