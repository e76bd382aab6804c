"""Object Storage by the oci SDK for Python: everything it can ask of the fake cloud, and what it must be refused."""

import base64
import email.utils
import hashlib
import io
import os
import sys
import time
import urllib.parse

import oci
from oci.object_storage.models import (
    BatchDeleteObjectIdentifier,
    BatchDeleteObjectsDetails,
    CopyObjectDetails,
    CreateBucketDetails,
    CreateMultipartUploadDetails,
    CreatePreauthenticatedRequestDetails,
    CommitMultipartUploadDetails,
    CommitMultipartUploadPartDetails,
    RenameObjectDetails,
    UpdateBucketDetails,
)
from oci._vendor import requests

URL = os.environ["CLOUD_URL"]
COMPARTMENT = os.environ["CLOUD_COMPARTMENT"]
CONFIG = oci.config.from_file(os.environ["OCI_CONFIG_FILE"])
MIB = 1 << 20
ODD_NAMES = [
    "plain.txt",
    "a b",
    "a+b",
    "a&b=c#d",
    "a%20b",
    "100%",
    "q?x=1",
    "at@sign:colon;semi,comma",
    "quote'\"back\\slash",
    "çà/été/☃/𝕏",
    "empty//segment",
    "folder/",
    "..dots/.hidden",
    "~tilde*(star)!",
]


def client(profile="DEFAULT", **kwargs):
    config = oci.config.from_file(os.environ["OCI_CONFIG_FILE"], profile)
    if profile == "SESSION":
        with open(config["security_token_file"]) as file:
            token = file.read()
        key = oci.signer.load_private_key_from_file(config["key_file"])
        kwargs["signer"] = oci.auth.signers.SecurityTokenSigner(token, key)
    made = oci.object_storage.ObjectStorageClient(config, service_endpoint=URL, **kwargs)
    made.retry_strategy = oci.retry.NoneRetryStrategy()
    return made


def refused(status, code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except oci.exceptions.ServiceError as error:
        assert (error.status, error.code) == (status, code), error
        assert error.request_id or error.headers.get("opc-request-id"), error.headers
        return error
    raise AssertionError(f"{call.__name__} was not refused with {code}")


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


os_client = client()
NS = os_client.get_namespace().data


def names(bucket, **kwargs):
    found, prefixes, start = [], [], kwargs.pop("start", None)
    while True:
        page = os_client.list_objects(NS, bucket, **kwargs, **({"start": start} if start else {})).data
        found += [item.name for item in page.objects]
        prefixes += page.prefixes or []
        start = page.next_start_with
        if not start:
            return found, prefixes


def buckets():
    assert NS == os.environ["CLOUD_NAMESPACE"]
    made = os_client.create_bucket(NS, CreateBucketDetails(name="py", compartment_id=COMPARTMENT, metadata={"k": "v"})).data
    assert (made.name, made.namespace, made.compartment_id, made.metadata) == ("py", NS, COMPARTMENT, {"k": "v"})
    assert made.time_created is not None
    refused(409, "BucketAlreadyExists", os_client.create_bucket, NS, CreateBucketDetails(name="py", compartment_id=COMPARTMENT))
    refused(400, "InvalidBucketName", os_client.create_bucket, NS, CreateBucketDetails(name="a b", compartment_id=COMPARTMENT))
    listed = oci.pagination.list_call_get_all_results(os_client.list_buckets, NS, COMPARTMENT, limit=1).data
    assert {"py", "bucket"} <= {bucket.name for bucket in listed}, listed
    assert os_client.head_bucket(NS, "py").headers["etag"] == made.etag
    changed = os_client.update_bucket(NS, "py", UpdateBucketDetails(metadata={"k": "w"}), if_match=made.etag).data
    assert os_client.get_bucket(NS, "py").data.metadata == {"k": "w"} and changed.etag != made.etag
    refused(404, "BucketNotFound", os_client.get_bucket, NS, "absent")
    refused(404, "NamespaceNotFound", os_client.get_bucket, "elsewhere", "py")


def odd_names():
    for name in ODD_NAMES:
        body = f"the bytes of {name}".encode()
        put = os_client.put_object(NS, "py", name, body, content_md5=md5(body))
        assert put.headers["opc-content-md5"] == md5(body)
        got = os_client.get_object(NS, "py", name)
        assert got.data.content == body and got.headers["etag"] == put.headers["etag"], name
    found, _ = names("py", limit=3)
    assert found == sorted(ODD_NAMES, key=lambda name: name.encode()), found
    for prefix in ["a&b=c#", "a+", "a ", "a%2", "q?", "ç", "100%"]:
        found, _ = names("py", prefix=prefix)
        assert found == [name for name in ODD_NAMES if name.startswith(prefix)], (prefix, found)
    _, prefixes = names("py", delimiter="/", limit=2)
    assert prefixes == ["..dots/", "empty/", "folder/", "çà/"], prefixes
    found, prefixes = names("py", delimiter="/", prefix="çà/")
    assert (found, prefixes) == ([], ["çà/été/"])
    found, _ = names("py", start="a b", end="a+b")
    assert found == sorted(name for name in ODD_NAMES if "a b" <= name < "a+b"), found
    summary = os_client.list_objects(NS, "py", prefix="plain", fields="name,size,md5,etag,timeCreated,timeModified").data.objects[0]
    assert summary.size == len(b"the bytes of plain.txt") and summary.md5 == md5(b"the bytes of plain.txt")
    assert abs(summary.time_created.timestamp() - time.time()) < 300
    refused(400, "InvalidObjectName", os_client.put_object, NS, "py", "line\nbreak", b"")
    refused(404, "BucketNotFound", os_client.put_object, NS, "absent", "x", b"")


def reading():
    body = bytes(range(256)) * 100
    put = os_client.put_object(
        NS,
        "py",
        "read",
        io.BytesIO(body),
        content_type="application/x-thing",
        content_encoding="identity",
        cache_control="no-store",
        opc_meta={"color": "blue"},
    )
    etag = put.headers["etag"]
    head = os_client.head_object(NS, "py", "read").headers
    assert head["content-length"] == str(len(body)) and head["content-md5"] == md5(body)
    assert head["content-type"] == "application/x-thing" and head["cache-control"] == "no-store"
    assert head["opc-meta-color"] == "blue" and head["etag"] == etag
    assert abs(email.utils.parsedate_to_datetime(head["last-modified"]).timestamp() - time.time()) < 300
    for asked, expected in [("bytes=0-9", body[:10]), ("bytes=25590-", body[25590:]), ("bytes=-5", body[-5:])]:
        got = os_client.get_object(NS, "py", "read", range=asked)
        assert got.status == 206 and got.data.content == expected, asked
    assert got.headers["content-range"] == f"bytes 25595-25599/{len(body)}"
    refused(416, "InvalidRange", os_client.get_object, NS, "py", "read", range="bytes=25600-")
    refused(404, "ObjectNotFound", os_client.get_object, NS, "py", "absent")
    assert os_client.get_object(NS, "py", "read", if_match=etag).status == 200
    assert refused(304, None, os_client.get_object, NS, "py", "read", if_none_match=etag)
    refused(412, "IfMatchFailed", os_client.get_object, NS, "py", "read", if_match="other")


def conditional_writes():
    etag = os_client.put_object(NS, "py", "once", b"1", if_none_match="*").headers["etag"]
    refused(412, "IfNoneMatchFailed", os_client.put_object, NS, "py", "once", b"2", if_none_match="*")
    refused(412, "IfMatchFailed", os_client.put_object, NS, "py", "once", b"2", if_match="stale")
    newer = os_client.put_object(NS, "py", "once", b"3", if_match=etag).headers["etag"]
    refused(412, "IfMatchFailed", os_client.delete_object, NS, "py", "once", if_match=etag)
    assert os_client.get_object(NS, "py", "once").data.content == b"3"
    os_client.delete_object(NS, "py", "once", if_match=newer)
    refused(404, "ObjectNotFound", os_client.delete_object, NS, "py", "once")


def checksums():
    body = b"123456789"
    refused(400, "UnmatchedContentMD5", os_client.put_object, NS, "py", "sum", body, content_md5=md5(b"other"))
    refused(400, "InvalidContentMD5", os_client.put_object, NS, "py", "sum", body, content_md5="nonsense")
    # 0xE3069283 is CRC-32C's check value for these nine digits.
    crc = base64.b64encode((0xE3069283).to_bytes(4, "big")).decode()
    put = os_client.put_object(NS, "py", "sum", body, opc_checksum_algorithm="CRC32C", opc_content_crc32c=crc)
    assert put.headers["opc-content-crc32c"] == crc
    assert os_client.head_object(NS, "py", "sum").headers["opc-content-crc32c"] == crc
    wrong = base64.b64encode(bytes(4)).decode()
    refused(400, "UnmatchedContentCRC32C", os_client.put_object, NS, "py", "sum", body, opc_checksum_algorithm="CRC32C", opc_content_crc32c=wrong)
    sha = base64.b64encode(hashlib.sha256(body).digest()).decode()
    put = os_client.put_object(NS, "py", "sum", body, opc_checksum_algorithm="SHA256")
    assert put.headers["opc-content-sha256"] == sha


def multipart_by_hand():
    def create(name, **kwargs):
        return os_client.create_multipart_upload(NS, "py", CreateMultipartUploadDetails(object=name, content_type="x/y"), **kwargs).data.upload_id

    def commit(name, upload, parts, exclude=()):
        details = CommitMultipartUploadDetails(
            parts_to_commit=[CommitMultipartUploadPartDetails(part_num=n, etag=e) for n, e in parts], parts_to_exclude=list(exclude)
        )
        return os_client.commit_multipart_upload(NS, "py", name, upload, details)

    blocks = [os.urandom(10 * MIB), os.urandom(10 * MIB), b"tail"]
    upload = create("parts", opc_checksum_algorithm="CRC32C")
    etags = [
        os_client.upload_part(NS, "py", "parts", upload, n + 1, block, content_md5=md5(block)).headers["etag"]
        for n, block in enumerate(blocks)
    ]
    refused(404, None, os_client.head_object, NS, "py", "parts")
    refused(400, "UnmatchedContentMD5", os_client.upload_part, NS, "py", "parts", upload, 4, b"x", content_md5=md5(b"y"))
    refused(400, "InvalidUploadPartNumber", os_client.upload_part, NS, "py", "parts", upload, 10001, b"x")
    refused(400, "InvalidUploadPartNumber", os_client.upload_part, NS, "py", "parts", upload, 0, b"x")
    listed = os_client.list_multipart_upload_parts(NS, "py", "parts", upload).data
    assert [(part.part_number, part.etag, part.size) for part in listed] == [(n + 1, etags[n], len(b)) for n, b in enumerate(blocks)]
    assert [item.upload_id for item in os_client.list_multipart_uploads(NS, "py").data] == [upload]
    refused(400, "InvalidUploadPart", commit, "parts", upload, [(1, etags[0]), (2, "wrong"), (3, etags[2])])
    refused(400, "InvalidUploadPart", commit, "parts", upload, [(1, etags[0]), (2, etags[1])])
    refused(400, "InvalidUploadPartOrder", commit, "parts", upload, [(1, etags[0]), (1, etags[0]), (3, etags[2])], exclude=[2])
    done = commit("parts", upload, [(3, etags[2]), (1, etags[0])], exclude=[2])
    whole = blocks[0] + blocks[2]
    digests = hashlib.md5(blocks[0]).digest() + hashlib.md5(blocks[2]).digest()
    expected = base64.b64encode(hashlib.md5(digests).digest()).decode() + "-2"
    assert done.headers["opc-multipart-md5"] == expected
    import crc32c

    assert done.headers["opc-content-crc32c"] == base64.b64encode(crc32c.crc32c(whole).to_bytes(4, "big")).decode()
    got = os_client.get_object(NS, "py", "parts")
    assert got.data.content == whole and got.headers["content-type"] == "x/y" and got.headers["opc-multipart-md5"] == expected
    assert "content-md5" not in got.headers
    across = os_client.get_object(NS, "py", "parts", range=f"bytes={10 * MIB - 2}-{10 * MIB + 1}")
    assert across.data.content == whole[10 * MIB - 2 : 10 * MIB + 2]
    refused(404, "UploadNotFound", commit, "parts", upload, [(1, etags[0])])

    small = create("small")
    tags = [os_client.upload_part(NS, "py", "small", small, n, b"tiny").headers["etag"] for n in (1, 2)]
    refused(400, "InvalidUploadPart", commit, "small", small, [(1, tags[0]), (2, tags[1])])
    os_client.abort_multipart_upload(NS, "py", "small", small)
    refused(404, "UploadNotFound", os_client.upload_part, NS, "py", "small", small, 1, b"x")
    refused(412, "IfNoneMatchFailed", create, "parts", if_none_match="*")


def upload_manager():
    path = os.path.join(os.environ["CLOUD_WORK"], "manager.bin")
    data = os.urandom(25 * MIB)
    with open(path, "wb") as file:
        file.write(data)
    manager = oci.object_storage.UploadManager(os_client, allow_parallel_uploads=True, parallel_process_count=3)
    response = manager.upload_file(NS, "py", "managed", path, part_size=10 * MIB)
    assert response.headers["opc-multipart-md5"].endswith("-3")
    assert os_client.get_object(NS, "py", "managed").data.content == data
    response = manager.upload_stream(NS, "py", "streamed", io.BytesIO(data), part_size=10 * MIB)
    assert response.headers["opc-multipart-md5"].endswith("-3")
    assert os_client.get_object(NS, "py", "streamed").data.content == data
    assert os_client.list_multipart_uploads(NS, "py").data == []


def copies():
    details = CopyObjectDetails(
        source_object_name="managed",
        destination_region=CONFIG["region"],
        destination_namespace=NS,
        destination_bucket="bucket",
        destination_object_name="a copy",
    )
    copied = oci.object_storage.ObjectStorageClientCompositeOperations(os_client).copy_object_and_wait_for_state(
        NS, "py", details, wait_for_states=["COMPLETED"], waiter_kwargs={"max_interval_seconds": 1}
    )
    assert copied.data.status == "COMPLETED"
    renamed = RenameObjectDetails(source_name="a copy", new_name="renamed")
    os_client.rename_object(NS, "bucket", renamed)
    refused(404, "ObjectNotFound", os_client.rename_object, NS, "bucket", renamed)
    os_client.delete_object(NS, "py", "managed")
    assert os_client.head_object(NS, "bucket", "renamed").headers["content-length"] == str(25 * MIB)
    taken = RenameObjectDetails(source_name="plain.txt", new_name="a b", new_obj_if_none_match_e_tag="*")
    refused(412, "IfNoneMatchFailed", os_client.rename_object, NS, "py", taken)


def preauthenticated():
    expires = oci.util.datetime.datetime.now(oci.util.datetime.timezone.utc) + oci.util.datetime.timedelta(hours=1)

    def create(access, name=None, **kwargs):
        details = CreatePreauthenticatedRequestDetails(name="p", access_type=access, object_name=name, time_expires=expires, **kwargs)
        return os_client.create_preauthenticated_request(NS, "py", details).data

    one = create("ObjectRead", "a&b=c#d")
    assert requests.get(URL + one.access_uri).content == b"the bytes of a&b=c#d"
    assert requests.put(URL + one.access_uri, data=b"x").status_code == 404
    anything = create("AnyObjectReadWrite", bucket_listing_action="ListObjects")
    assert requests.put(URL + anything.access_uri + "by%20par", data=b"par").status_code == 200
    assert requests.get(URL + anything.access_uri + "by%20par").content == b"par"
    assert "by par" in [item["name"] for item in requests.get(URL + anything.access_uri, params={"prefix": "by"}).json()["objects"]]
    assert len(os_client.list_preauthenticated_requests(NS, "py").data) == 2
    for request in (one, anything):
        os_client.delete_preauthenticated_request(NS, "py", request.id)
    assert requests.get(URL + one.access_uri).status_code == 404
    refused(404, "PreauthenticatedRequestNotFound", os_client.get_preauthenticated_request, NS, "py", one.id)


def principals():
    assert client("SESSION").get_namespace().data == NS
    assert client("PASSPHRASE").get_namespace().data == NS
    nobody = oci.signer.Signer(CONFIG["tenancy"], CONFIG["user"], ":".join(["00"] * 16), CONFIG["key_file"])
    refused(401, "NotAuthenticated", client(signer=nobody).get_namespace)


def signatures():
    """The same signer with one thing wrong each time."""
    signer = oci.signer.Signer.from_config(CONFIG)
    bucket = f"{URL}/n/{NS}/b"
    body = f'{{"name":"never","compartmentId":"{COMPARTMENT}"}}'

    def status(method, url, answer=401, **kwargs):
        response = requests.request(method, url, **kwargs)
        assert response.status_code == answer, (response.status_code, response.text)
        if answer == 401:
            assert response.json()["code"] == "NotAuthenticated" and response.headers["opc-request-id"]
        return response

    status("GET", bucket, params={"compartmentId": COMPARTMENT}, auth=signer, answer=200)
    status("GET", bucket, params={"compartmentId": COMPARTMENT})
    for minutes in (-6, 6):
        late = email.utils.formatdate(time.time() + minutes * 60, usegmt=True)
        assert "clock skew" in status("GET", bucket, auth=signer, headers={"date": late}).json()["message"]
    soon = email.utils.formatdate(time.time() + 4 * 60, usegmt=True)
    status("GET", URL + "/n", auth=signer, headers={"date": soon}, answer=200)
    status("POST", bucket, data=body, auth=signer, headers={"x-content-sha256": base64.b64encode(bytes(32)).decode()})
    refused(404, None, os_client.head_bucket, NS, "never")

    prepared = requests.Request("POST", bucket, data=body, auth=signer).prepare()
    prepared.body = body.replace("never", "novel")
    assert requests.Session().send(prepared).status_code == 401
    prepared = requests.Request("GET", f"{URL}/n/{NS}/b/py/o/plain.txt", auth=signer).prepare()
    prepared.url = f"{URL}/n/{NS}/b/py/o/read"
    assert requests.Session().send(prepared).status_code == 401
    prepared = requests.Request("GET", f"{URL}/n/{NS}/b/py/o/plain.txt", auth=signer).prepare()
    assert requests.Session().send(prepared).status_code == 200
    prepared.headers["date"] = email.utils.formatdate(time.time() - 1, usegmt=True)
    assert requests.Session().send(prepared).status_code == 401

    # A body that the signature leaves out is taken for objects only.
    bodiless = oci.signer.Signer.from_config(CONFIG).without_content_headers
    status("POST", bucket, data=body, auth=bodiless)
    status("PUT", f"{bucket}/py/o/unsigned", data=b"bytes", auth=bodiless, answer=200)
    quoted = urllib.parse.quote("a&b=c#d", safe="")
    status("GET", f"{bucket}/py/o/{quoted}", auth=signer, answer=200)


def emptying():
    refused(409, "BucketNotEmpty", os_client.delete_bucket, NS, "py")
    found, _ = names("py")
    listed = [BatchDeleteObjectIdentifier(object_name=name) for name in [*found, "absent"]]
    result = os_client.batch_delete_objects(NS, "py", BatchDeleteObjectsDetails(objects=listed)).data
    assert len(result.deleted) == len(found) and len(result.failed) == 1, result
    os_client.delete_bucket(NS, "py")
    refused(404, "BucketNotFound", os_client.list_objects, NS, "py")


for step in [
    buckets,
    odd_names,
    reading,
    conditional_writes,
    checksums,
    multipart_by_hand,
    upload_manager,
    copies,
    preauthenticated,
    principals,
    signatures,
    emptying,
]:
    print(step.__name__, file=sys.stderr, flush=True)
    step()
