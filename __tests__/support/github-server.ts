/**
 * A GitHub server for tests on this machine, made from GitHub's own API description. It refuses what GitHub would refuse,
 * checks its own responses too, keeps comments in memory, returns them in pages, and fails on request.
 *
 * To use it in a process, set `GITHUB_API_URL=${server.url}`.
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OpenAPIBackend, type Context, type Document } from 'openapi-backend'
import { sample, type Schema } from './schema-sample.ts'

export interface Repository {
  readonly id: number
  readonly full_name: string
}

export interface PullRequest {
  readonly number: number
  headSha: string
  readonly headRef?: string
  /** The commit of branch `main`. */
  readonly baseSha?: string
  /** The repository of the head. The default is the repository itself; null stands for a fork that was deleted. */
  readonly headRepository?: Repository | null
  state?: 'open' | 'closed'
  locked?: boolean
  labels?: readonly string[]
}

export interface Comment {
  readonly id: number
  readonly issue: number
  body: string
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' }
}

export interface Request {
  readonly method: string
  /** The path without the prefix, with the query. */
  readonly path: string
  readonly body: unknown
  readonly token: string
}

/** What the server does instead of, or after, handling the request. */
export type Mood =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly message?: string
      readonly after?: boolean
    }
  /** The connection breaks, before or after the request took effect. */
  | { readonly kind: 'drop'; readonly after: boolean }
  /** The response breaks off in the middle. */
  | { readonly kind: 'torn' }
  /** The response is delayed by this many milliseconds. */
  | { readonly kind: 'late'; readonly milliseconds: number }

export interface Account {
  readonly login: string
  readonly type: 'Bot' | 'User'
  readonly writes: boolean
}

export interface GitHubServer extends AsyncDisposable {
  readonly url: string
  readonly repository: Repository
  /** Accounts by token. `a-token` is the token of a workflow that may write comments. */
  readonly accounts: Map<string, Account>
  readonly pullRequests: Map<number, PullRequest>
  readonly comments: Comment[]
  /** Permission by login; a missing login is not a collaborator. */
  readonly permissions: Map<string, 'admin' | 'write' | 'read' | 'none'>
  /** The requests, in order. */
  readonly requests: Request[]
  /** Called for each request before it takes effect. It may change the state. */
  mood: (request: Request) => Mood | null | Promise<Mood | null>
  /** Whether the server answers the query `viewer`. */
  graphql: boolean
  /** Where the server broke GitHub's description. It must be empty; otherwise the test server is at fault. */
  readonly defects: string[]
}

type Words = Readonly<Record<string, string | undefined>>
type Asked = Context<unknown, Words, Words>

function param({ request }: Asked, name: string): string {
  return request.params[name] ?? ''
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const description = JSON.parse(readFileSync(new URL('../fixtures/github-api.json', import.meta.url), 'utf8')) as {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
const { schemas } = description.components

export interface GitHubServerOptions {
  readonly repository?: Repository
  /** The prefix of the path, such as `/api/v3` of GitHub Enterprise Server. */
  readonly prefix?: string
}

export async function gitHubServer({
  repository = { id: 1, full_name: 'owner/repository' },
  prefix = '',
}: GitHubServerOptions = {}): Promise<GitHubServer> {
  const http = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((error: unknown) => {
      server.defects.push(String(error))
      outgoing.destroy()
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${prefix}`
  const server: GitHubServer = {
    url,
    repository,
    accounts: new Map([['a-token', { login: 'github-actions[bot]', type: 'Bot', writes: true }]]),
    pullRequests: new Map(),
    comments: [],
    permissions: new Map(),
    requests: [],
    mood: () => null,
    graphql: true,
    defects: [],
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  const api = await withDescription(server)

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const text = await bodyOf(incoming)
    const isGraphql = incoming.url === (prefix === '/api/v3' ? '/api/graphql' : `${prefix}/graphql`)
    const request: Request = {
      method: incoming.method ?? '',
      path: isGraphql ? '/graphql' : (incoming.url ?? '').slice(prefix.length),
      body: text === '' ? null : (JSON.parse(text) as unknown),
      token: /^token (.*)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? '',
    }
    server.requests.push(request)
    const mood = await server.mood(request)
    if (mood?.kind === 'drop' && !mood.after) {
      outgoing.destroy()
      return
    }
    if (mood?.kind === 'status' && mood.after !== true) {
      send(outgoing, moodAnswer(mood))
      return
    }
    const account = server.accounts.get(request.token)
    const answer = await answerTo(request, isGraphql, account, incoming)
    if (mood?.kind === 'drop') {
      outgoing.destroy()
      return
    }
    if (mood?.kind === 'late') await new Promise((resolve) => setTimeout(resolve, mood.milliseconds))
    send(outgoing, mood?.kind === 'status' ? moodAnswer(mood) : answer, mood?.kind === 'torn')
  }

  async function answerTo(
    request: Request,
    isGraphql: boolean,
    account: Account | undefined,
    incoming: IncomingMessage,
  ): Promise<Answer> {
    if (!incoming.headers['user-agent'])
      return refusal(
        403,
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
      )
    if (!account) return refusal(401, 'Bad credentials')
    if (isGraphql) return graphqlAnswer(server, request, account)
    if (request.method !== 'GET' && !account.writes) return refusal(403, 'Resource not accessible by integration')
    const [path = '', query = ''] = request.path.split('?')
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    const body = request.body === null ? {} : { body: request.body }
    return (await api.handleRequest({ method: request.method, path, query, headers, ...body }, account, url)) as Answer
  }
  return server
}

async function withDescription(server: GitHubServer): Promise<OpenAPIBackend> {
  type Handler = (context: Asked, account: Account, url: string) => Answer
  const inRepository =
    (handler: Handler): Handler =>
    (context, account, url) =>
      `${param(context, 'owner')}/${param(context, 'repo')}` === server.repository.full_name
        ? handler(context, account, url)
        : refusal(404, 'Not Found')
  const number = (context: Asked, name: string): number => Number(param(context, name))
  const api = new OpenAPIBackend({
    definition: description as unknown as Document,
    quick: true,
    ajvOpts: { strict: false, formats: { uri: true, 'date-time': true, int64: true, email: true } },
    coerceTypes: true,
    handlers: {
      'issues/list-comments': inRepository((context, _account, url) => {
        const issue = number(context, 'issue_number')
        if (!server.pullRequests.has(issue)) return refusal(404, 'Not Found')
        return page(
          context,
          url,
          server.comments.filter((comment) => comment.issue === issue).map((comment) => commentJson(comment, server)),
        )
      }),
      'issues/create-comment': inRepository((context, account) => {
        const issue = server.pullRequests.get(number(context, 'issue_number'))
        const { body } = context.request.requestBody as { body: string }
        if (!issue) return refusal(404, 'Not Found')
        if (issue.locked === true) return refusal(403, 'Unable to create comment because issue is locked.')
        const problem = bodyProblem(body)
        if (problem) return problem
        const comment = { id: nextId++, issue: issue.number, body, user: { login: account.login, type: account.type } }
        server.comments.push(comment)
        return { status: 201, body: commentJson(comment, server) }
      }),
      'issues/get-comment': inRepository((context) => {
        const comment = server.comments.find(({ id }) => id === number(context, 'comment_id'))
        return comment ? { status: 200, body: commentJson(comment, server) } : refusal(404, 'Not Found')
      }),
      'issues/update-comment': inRepository((context) => {
        const comment = server.comments.find(({ id }) => id === number(context, 'comment_id'))
        const { body } = context.request.requestBody as { body: string }
        if (!comment) return refusal(404, 'Not Found')
        const problem = bodyProblem(body)
        if (problem) return problem
        comment.body = body
        return { status: 200, body: commentJson(comment, server) }
      }),
      'issues/delete-comment': inRepository((context) => {
        const at = server.comments.findIndex(({ id }) => id === number(context, 'comment_id'))
        if (at < 0) return refusal(404, 'Not Found')
        server.comments.splice(at, 1)
        return { status: 204 }
      }),
      'pulls/list': inRepository((context, _account, url) => {
        const { head, state = 'open' }: Words = context.request.query
        const matching = Array.from(server.pullRequests.values()).filter((pull) => {
          const full = (pull.headRepository === undefined ? server.repository : pull.headRepository)?.full_name ?? ''
          return (
            (state === 'all' || state === (pull.state ?? 'open')) &&
            (head === undefined || head === `${full.split('/')[0] ?? ''}:${pull.headRef ?? 'topic'}`)
          )
        })
        return page(
          context,
          url,
          matching.map((pull) => pullJson('pull-request-simple', pull, server)),
        )
      }),
      'pulls/get': inRepository((context) => {
        const pull = server.pullRequests.get(number(context, 'pull_number'))
        return pull ? { status: 200, body: pullJson('pull-request', pull, server) } : refusal(404, 'Not Found')
      }),
      'repos/get-collaborator-permission-level': inRepository((context) => {
        const login = param(context, 'username')
        const permission = server.permissions.get(login)
        if (permission === undefined) return refusal(404, `${login} is not a user`)
        const user = merge(sample({ $ref: '#/components/schemas/nullable-collaborator' }, schemas), { login })
        return { status: 200, body: { permission, role_name: permission, user } }
      }),
      validationFail: (context: Context) =>
        refusal(
          context.request.method.toUpperCase() === 'GET' ? 400 : 422,
          `Invalid request.\n\n${JSON.stringify(context.validation.errors)}`,
        ),
      notFound: () => refusal(404, 'Not Found'),
      methodNotAllowed: () => refusal(404, 'Not Found'),
      postResponseHandler: (context: Context) => {
        const answer = context.response as Answer
        if (answer.status >= 400 || answer.status === 204) return answer
        const { errors } = context.api.validateResponse(answer.body, context.operation, answer.status)
        if (errors) server.defects.push(`${context.operation.operationId ?? ''}: ${JSON.stringify(errors.slice(0, 3))}`)
        return answer
      },
    },
  })
  let nextId = 1_001
  await api.init()
  return api
}

function graphqlAnswer(server: GitHubServer, request: Request, account: Account): Answer {
  if (!server.graphql) return refusal(404, 'Not Found')
  const { query } = request.body as { query: string }
  if (query.replace(/\s+/g, ' ').trim() !== 'query { viewer { login } }')
    return { status: 200, body: { errors: [{ message: 'unknown query' }] } }
  return { status: 200, body: { data: { viewer: { login: account.login } } } }
}

/** GitHub returns 30 entries a page by default, and never more than 100. */
function page(context: Asked, url: string, items: readonly unknown[]): Answer {
  const asked = context.request.query
  const size = Math.min(100, Math.max(1, Number(asked['per_page'] ?? 30)))
  const at = Math.max(1, Number(asked['page'] ?? 1))
  const query = new URLSearchParams(
    Object.entries(asked).map(([name, value]): [string, string] => [name, String(value)]),
  )
  query.set('page', String(at + 1))
  const more = at * size < items.length
  return {
    status: 200,
    body: items.slice((at - 1) * size, at * size),
    headers: more ? { link: `<${url}${context.request.path}?${query.toString()}>; rel="next"` } : {},
  }
}

function bodyProblem(body: string): Answer | null {
  const refuse = (message: string): Answer => ({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message }],
      documentation_url: '',
    },
  })
  if (body.trim() === '') return refuse('Body cannot be blank')
  return Array.from(body).length > 65_536 ? refuse('Body is too long (maximum is 65536 characters)') : null
}

function commentJson(comment: Comment, server: GitHubServer): unknown {
  const base = sample({ $ref: '#/components/schemas/issue-comment' }, schemas)
  const user = sample({ $ref: '#/components/schemas/simple-user' }, schemas)
  const { id, body, issue } = comment
  return merge(base, {
    id,
    body,
    html_url: `https://github.test/${server.repository.full_name}/pull/${issue}#issuecomment-${id}`,
    user: merge(user, comment.user),
  })
}

function pullJson(schema: string, pull: PullRequest, server: GitHubServer): unknown {
  const base = sample({ $ref: `#/components/schemas/${schema}` }, schemas) as Record<'head' | 'base', { repo: unknown }>
  const repository = sample({ $ref: '#/components/schemas/repository' }, schemas)
  const head = pull.headRepository === undefined ? server.repository : pull.headRepository
  return merge(base, {
    number: pull.number,
    state: pull.state ?? 'open',
    locked: pull.locked ?? false,
    labels: (pull.labels ?? []).map((name, id) => ({
      id,
      node_id: String(id),
      url: `https://github.test/labels/${id}`,
      name,
      description: '',
      color: 'ededed',
      default: false,
    })),
    head: merge(base.head, {
      sha: pull.headSha,
      ref: pull.headRef ?? 'topic',
      repo: head === null ? null : merge(repository, head),
    }),
    base: merge(base.base, {
      ref: 'main',
      ...(pull.baseSha === undefined ? {} : { sha: pull.baseSha }),
      repo: merge(repository, server.repository),
    }),
  })
}

function merge(base: unknown, some: object): unknown {
  return { ...(base as object), ...some }
}

function refusal(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' } }
}

function moodAnswer(mood: Mood & { kind: 'status' }): Answer {
  return { ...refusal(mood.status, mood.message ?? 'a mood'), headers: mood.headers ?? {} }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += (chunk as Buffer).toString()
  return text
}

function send(outgoing: ServerResponse, { status, body, headers }: Answer, torn = false): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  outgoing.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  if (!torn) {
    outgoing.end(text)
    return
  }
  outgoing.write(text.slice(0, text.length / 2), () => outgoing.destroy())
}
