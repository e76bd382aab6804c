"""What runs inside the cloud, by the oci SDK for Python: resource principals of both kinds, and the instance itself."""

import os
import sys

import oci

URL = os.environ["CLOUD_URL"]
NS = os.environ["CLOUD_NAMESPACE"]
signers = oci.auth.signers
instance_signer = signers.InstancePrincipalsSecurityTokenSigner


def at_the_fake(*args, **kwargs):
    return instance_signer(*args, federation_endpoint=f"{URL}/v1/x509", **kwargs)


def namespace(signer):
    client = oci.object_storage.ObjectStorageClient({}, signer=signer, service_endpoint=URL)
    client.retry_strategy = oci.retry.NoneRetryStrategy()
    return client.get_namespace().data


def instance():
    signer = at_the_fake()
    assert signer.region == "us-ashburn-1", signer.region
    assert namespace(signer) == NS
    signer.refresh_security_token()
    assert namespace(signer) == NS


def resource_2_2():
    signer = signers.get_resource_principals_signer()
    assert namespace(signer) == NS
    assert signer.get_claim("res_tenant").startswith("ocid1.tenancy."), signer


def resource_1_1():
    # The SDK always asks the region's own federation for the instance's token.
    oci.auth.signers.resource_principals_federation_signer.InstancePrincipalsSecurityTokenSigner = at_the_fake
    signer = signers.get_resource_principals_signer()
    assert namespace(signer) == NS
    signer.refresh_security_token()
    assert namespace(signer) == NS


globals()[sys.argv[1]]()
