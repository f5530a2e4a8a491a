# shellcheck shell=bash
# The example as a repository with a change, as a pull request would bring it: one more dependency.

# example_with_change FOLDER: the branch `main`, and on top of it `change`, which is checked out.
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
