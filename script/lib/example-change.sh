# shellcheck shell=bash
# Makes repositories with a change like that of a pull request.

# example_with_change FOLDER: makes the branch `main`, and on top of it the branch `change`, which is checked out.
example_with_change() {
  local folder=$1
  in_example() { git -C "$folder" -c user.name=example -c user.email=example@example.invalid -c commit.gpgsign=false "$@"; }
  cp -R examples/msbdemo "$folder"
  git init --quiet --initial-branch=main "$folder"
  in_example add .
  in_example commit --quiet -m 'The example'
  in_example checkout --quiet -b change
  sed -i.old 's/^dependencies = \[/&"requests", /' "$folder/pyproject.toml"
  rm "$folder/pyproject.toml.old"
  in_example commit --quiet --all -m 'One more dependency'
}

# update_of_dependencies FOLDER: makes a Python service, and on top of `main` the branch `change` with newer
# dependencies.
update_of_dependencies() {
  local folder=$1
  in_update() { git -C "$folder" -c user.name=example -c user.email=example@example.invalid -c commit.gpgsign=false "$@"; }
  git init --quiet --initial-branch=main "$folder"
  mkdir "$folder/service"
  echo 'import boto3, pydantic, sentry_sdk, urllib3' >"$folder/service/__main__.py"
  cat >"$folder/Dockerfile" <<'END'
FROM python:3.13 AS build
RUN python3 -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.13-slim
COPY --from=build /opt/venv /opt/venv
COPY service /srv/service
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/srv
CMD ["python3", "-m", "service"]
END
  printf '%s\n' boto3==1.35.0 pydantic==2.9.2 sentry-sdk==1.45.1 urllib3==1.26.20 >"$folder/requirements.txt"
  in_update add .
  in_update commit --quiet -m 'A service'
  in_update checkout --quiet -b change
  printf '%s\n' boto3==1.40.50 pydantic==2.12.3 sentry-sdk==2.42.1 urllib3==2.5.0 >"$folder/requirements.txt"
  in_update commit --quiet --all -m 'Newer dependencies'
}
