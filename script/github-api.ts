/**
 * Cuts GitHub's own API description to what this project asks of it, as `__tests__/fixtures/github-api.json`: the
 * tests' server refuses what GitHub would refuse. The package is far too large to depend on, so the cut is committed.
 *
 *     node script/github-api.ts [VERSION of @octokit/openapi]
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const version = process.argv[2] ?? '23.0.2'

const operations: Readonly<Record<string, readonly string[]>> = {
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['get', 'patch', 'delete'],
  '/repos/{owner}/{repo}/pulls': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/collaborators/{username}/permission': ['get'],
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type Tree = { [key: string]: Json }

const isTree = (json: Json | undefined): json is Tree =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** Words for people are most of its bytes. A schema may have a property of such a name; that is a tree and stays. */
const forPeople = new Set(['description', 'example', 'examples', 'externalDocs', 'summary', 'tags'])

function lean(json: Json): Json {
  if (Array.isArray(json)) return json.map(lean)
  if (!isTree(json)) return json
  return Object.fromEntries(
    Object.entries(json)
      .filter(
        ([key, value]) =>
          !key.startsWith('x-') && !(forPeople.has(key) && !(isTree(value) && ('type' in value || '$ref' in value))),
      )
      .map(([key, value]) => [key, lean(value)]),
  )
}

/** An OpenAPI response needs a description, be it an empty one. */
function described(operation: Tree): Tree {
  if (!isTree(operation['responses'])) return operation
  const responses = Object.entries(operation['responses']).map(([status, response]) => [
    status,
    isTree(response) && !('$ref' in response) ? { description: '', ...response } : response,
  ])
  return { ...operation, responses: Object.fromEntries(responses) as Tree }
}

function referencesIn(json: Json): string[] {
  if (Array.isArray(json)) return json.flatMap(referencesIn)
  if (!isTree(json)) return []
  return Object.entries(json).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : referencesIn(value),
  )
}

function at(root: Tree, path: readonly string[]): Tree {
  let tree: Json | undefined = root
  for (const key of path) tree = isTree(tree) ? tree[key] : undefined
  if (!isTree(tree)) throw new Error(`the description has no ${path.join(' ')}`)
  return tree
}

function cut(whole: Tree): Tree {
  const document: Tree = {
    openapi: '3.0.3',
    info: { title: `cut from @octokit/openapi ${version} by script/github-api.ts`, version },
    paths: {},
    components: {},
  }
  for (const [path, methods] of Object.entries(operations))
    for (const method of methods) put(document, ['paths', path, method], at(whole, ['paths', path, method]))
  // Components name further components.
  const wanted = referencesIn(document)
  const taken = new Set<string>()
  for (let reference = wanted.pop(); reference !== undefined; reference = wanted.pop()) {
    if (taken.has(reference)) continue
    taken.add(reference)
    const path = reference.split('/').slice(1)
    wanted.push(...referencesIn(put(document, path, at(whole, path))))
  }
  return document
}

function put(document: Tree, path: readonly string[], value: Tree): Json {
  let tree = document
  for (const key of path.slice(0, -1)) {
    const below = tree[key]
    tree = isTree(below) ? below : (tree[key] = {})
  }
  const cleaned = lean(value)
  return (tree[path.at(-1) ?? ''] =
    path[1] === 'responses' ? { description: '', ...(cleaned as Tree) } : described(cleaned as Tree))
}

const folder = mkdtempSync(join(tmpdir(), 'github-api-'))
try {
  execFileSync('npm', ['pack', `@octokit/openapi@${version}`, '--silent'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  execFileSync('tar', ['xzf', `octokit-openapi-${version}.tgz`, 'package/generated/api.github.com.json'], {
    cwd: folder,
  })
  const whole = JSON.parse(readFileSync(join(folder, 'package/generated/api.github.com.json'), 'utf8')) as Tree
  const out = new URL('../__tests__/fixtures/github-api.json', import.meta.url)
  writeFileSync(out, `${JSON.stringify(cut(whole))}\n`)
} finally {
  rmSync(folder, { recursive: true })
}
