"""The list of materials of one package as SPDX 2.3 JSON."""

import datetime
import json
import uuid

NAMESPACE = uuid.UUID("6f1f3c52-6a0e-5d0c-9a55-0c6a2c1f7b1e")


def spdx_id(name):
    return "SPDXRef-" + "".join(char if char.isalnum() else "-" for char in name)


def entry(name, version, license_text, locator):
    return {
        "SPDXID": spdx_id(name), "name": name, "versionInfo": version,
        "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": license_text, "licenseDeclared": license_text,
        "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": locator}],
    }


def document(program, version, materials, shared, digest, epoch):
    """`shared` are the libraries that the system provides, {name: version}; `digest` is the
    program's SHA-256."""
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    own = entry(program, version, "NOASSERTION", f"pkg:generic/{program}@{version}")
    own["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest}]
    packages = [own]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    for item in materials:
        locator = (f"pkg:deb/debian/{item.package}@{item.version}"
                   f"?distro=debian-12&upstream={item.source}")
        packages.append(entry(item.name, item.version, item.license, locator))
        relations.append((own["SPDXID"], "STATIC_LINK", spdx_id(item.name)))
    for name, at_build in sorted(shared.items()):
        packages.append(entry(name, at_build, "Apache-2.0", f"pkg:generic/{name}@{at_build}"))
        relations.append((own["SPDXID"], "DYNAMIC_LINK", spdx_id(name)))
    identity = uuid.uuid5(NAMESPACE, f"{program} {version} {digest}")
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{program}-{version}",
        "documentNamespace": f"urn:uuid:{identity}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Tool: outhaul-scripts-package"]},
        "packages": packages,
        "relationships": [{"spdxElementId": first, "relationshipType": kind,
                           "relatedSpdxElement": second} for first, kind, second in relations],
    }, indent=1) + "\n"
