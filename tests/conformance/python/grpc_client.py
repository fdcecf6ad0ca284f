"""Calls every service of the sidecar with Python's gRPC client, over code generated from proto/.

    python grpc_client.py PROTO_FOLDER SOCKET INPUTS

INPUTS is a JSON file with "vmi", "domainXml" and "cloudInitData". Prints a JSON list of
{"name", "agreed", "why"}. The last call is Shutdown: the sidecar ends.
"""

import glob
import importlib
import json
import os
import sys
import tempfile

import grpc
from grpc_tools import protoc

VERSIONS = ["v1alpha1", "v1alpha2", "v1alpha3"]


def generate(protos, into):
    files = sorted(glob.glob(os.path.join(protos, "*.proto")))
    arguments = ["protoc", "-I" + protos, "--python_out=" + into, "--grpc_python_out=" + into]
    if protoc.main(arguments + files) != 0:
        raise SystemExit("protoc does not take the files in " + protos)
    sys.path.insert(0, into)


def load(name):
    messages = importlib.import_module("api_%s_pb2" % name)
    services = importlib.import_module("api_%s_pb2_grpc" % name)
    return messages, services


class Calls:
    """Every call has a connection of its own, as virt-launcher's have."""

    def __init__(self, socket, inputs):
        self.target = "unix:" + socket
        self.vmi = json.dumps(inputs["vmi"]).encode()
        self.domain = inputs["domainXml"].encode()
        self.data = inputs["cloudInitData"]

    def channel(self):
        return grpc.insecure_channel(self.target, options=[("grpc.use_local_subchannel_pool", 1)])

    def info(self):
        messages, services = load("info")
        with self.channel() as channel:
            info = services.InfoStub(channel).Info(messages.InfoParams(), timeout=1)
        assert info.name == "eks-irsa", info.name
        assert sorted(info.versions) == VERSIONS, list(info.versions)
        points = sorted(point.name for point in info.hookPoints)
        assert points == ["OnDefineDomain", "PreCloudInitIso", "Shutdown"], points

    def on_define_domain(self, version, domain=None):
        messages, services = load(version)
        params = messages.OnDefineDomainParams(domainXML=domain or self.domain, vmi=self.vmi)
        with self.channel() as channel:
            result = services.CallbacksStub(channel).OnDefineDomain(params, timeout=60)
        return result.domainXML

    def adds_the_device(self, version):
        domain = self.on_define_domain(version)
        assert b'<target dir="aws-iam-token"/>' in domain, "no device in the domain"
        assert domain == self.on_define_domain(version, domain), "a second call changes it again"

    def refuses_what_is_no_domain(self, version):
        try:
            self.on_define_domain(version, b"<domain><devices></domain>")
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error.code()
            assert "line 1" in error.details(), error.details()
        else:
            raise AssertionError("it was taken")

    def adds_our_part(self, version):
        messages, services = load(version)
        source = {"userData": self.data["UserData"], "networkData": self.data["NetworkData"]}
        params = messages.PreCloudInitIsoParams(
            cloudInitData=json.dumps(self.data).encode(),
            cloudInitNoCloudSource=json.dumps(source).encode(),
            vmi=self.vmi,
        )
        with self.channel() as channel:
            result = services.CallbacksStub(channel).PreCloudInitIso(params, timeout=60)
        data = json.loads(result.cloudInitData)
        source = json.loads(result.cloudInitNoCloudSource)
        assert "#eks-irsa-settings: " in data["UserData"], "our part is not in the user data"
        assert source["userData"] == data["UserData"], "the two forms of the result disagree"
        for field, value in self.data.items():
            assert field == "UserData" or data[field] == value, field + " was changed"

    def shutdown(self):
        messages, services = load("v1alpha3")
        with self.channel() as channel:
            services.CallbacksStub(channel).Shutdown(messages.ShutdownParams(), timeout=10)


def ask(name, question, *arguments):
    try:
        question(*arguments)
        return {"name": name, "agreed": True, "why": None}
    except (AssertionError, grpc.RpcError) as error:
        return {"name": name, "agreed": False, "why": str(error)}


def main():
    protos, socket, inputs = sys.argv[1:]
    with open(inputs) as file:
        calls = Calls(socket, json.load(file))
    with tempfile.TemporaryDirectory() as generated:
        generate(protos, generated)
        answers = [ask("Info", calls.info)]
        for version in VERSIONS:
            answers.append(ask(version + " OnDefineDomain", calls.adds_the_device, version))
            answers.append(
                ask(version + " refuses broken XML", calls.refuses_what_is_no_domain, version))
            if version != "v1alpha1":
                answers.append(ask(version + " PreCloudInitIso", calls.adds_our_part, version))
        answers.append(ask("v1alpha3 Shutdown", calls.shutdown))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
