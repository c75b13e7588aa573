"""SQS clients of a running broker: boto3's, and bare HTTP for what it cannot say."""

import http.client
import urllib.parse
from typing import Any
from xml.etree import ElementTree

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
SCOPE = (
    "AWS4-HMAC-SHA256 Credential={key}/20261124/{region}/sqs/aws4_request, SignedHeaders=host, Signature=0"
)


def client(port: int, *, region: str = "us-east-1", key: str = "test") -> Any:
    """boto3's client; it tries nothing twice."""
    return boto3.client(
        "sqs",
        endpoint_url=f"http://localhost:{port}",
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}, read_timeout=60),
    )


def codes(error: ClientError) -> tuple[str, str, str]:
    """An error's legacy code, its shape, and what it says."""
    told = error.response["Error"]
    return told["Code"], told.get("QueryErrorCode", ""), told["Message"]


def ask_query(
    port: int, parameters: dict[str, str], *, path: str = "/", method: str = "POST"
) -> tuple[int, ElementTree.Element]:
    """A request of the Query protocol: its status, and the XML that came."""
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    form = urllib.parse.urlencode(parameters)
    headers = {"Authorization": SCOPE.format(key="test", region="us-east-1")}
    if method == "GET":
        connection.request("GET", f"{path}?{form}", headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, form, headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, ElementTree.fromstring(body)


def texts(root: ElementTree.Element, name: str) -> list[str]:
    """The texts of all elements of a name."""
    return [each.text or "" for each in root.iter(f"{NAMESPACE}{name}")]
