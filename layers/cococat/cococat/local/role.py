"""Credentials of a role of the local stack, for what runs beside it."""

import json

from cococat.local.stack import LocalAws

SESSION_SECONDS = 12 * 60 * 60


def credentials(aws: LocalAws, role: str, session: str) -> dict[str, str]:
    """
    Return the environment that opens AWS as far as *role* does.

    AWS alone may assume it; the local AWS's root takes that right for itself first.
    """
    iam, sts = aws.client("iam"), aws.client("sts")
    name = role.rpartition("/")[2]
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    root = {"AWS": sts.get_caller_identity()["Account"]}
    own = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    ours = trust | {"Statement": [*trust["Statement"], own]}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(ours))
    try:
        given = sts.assume_role(
            RoleArn=role, RoleSessionName=session, DurationSeconds=SESSION_SECONDS
        )["Credentials"]
    finally:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
