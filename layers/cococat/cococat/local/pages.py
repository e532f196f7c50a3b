"""
A second address of the Web API's door, at which web pages of other origins may call it.

The local API Gateway answers what browsers ask before a page may call (`OPTIONS`) by itself,
as AWS's does only where CORS is configured for the whole API. A function's own URL asks the door.
"""

from urllib.parse import urlsplit

from cococat.local.stack import LocalAws


def pages_url(aws: LocalAws, stack_name: str) -> str:
    """
    Return the base URL of the Web API for pages, made where there is none.

    Args:
        aws: where the stack is deployed.
        stack_name: its name.

    """
    client, function = aws.client("lambda"), f"{stack_name}-web-api"
    try:
        found = client.get_function_url_config(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        found = client.create_function_url_config(FunctionName=function, AuthType="NONE")
        client.add_permission(
            FunctionName=function,
            StatementId="pages",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
    identity = str(urlsplit(found["FunctionUrl"]).hostname).partition(".")[0]
    return f"{aws.endpoint}/_aws/lambda-url/{identity}"
