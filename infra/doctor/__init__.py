"""What can be wrong around the pipelines, looked at one by one without changing anything: ``crossprompt doctor``."""
