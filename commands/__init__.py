"""What a person types: up, down, load, recover, doctor, env, test; each a thin line over pulumi, locust, pytest."""
