export const id = 600;
export const ids = [600];
export const modules = {

/***/ 2600:
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  publishFromCommandLine: () => (/* binding */ publishFromCommandLine)
});

// EXTERNAL MODULE: ./src/baseline/run-event.ts
var run_event = __webpack_require__(9243);
// EXTERNAL MODULE: ./src/errors.ts
var errors = __webpack_require__(3916);
// EXTERNAL MODULE: ./src/inputs/inputs.ts
var inputs = __webpack_require__(8028);
// EXTERNAL MODULE: ./src/inspect/source/read-record-file.ts
var read_record_file = __webpack_require__(4261);
// EXTERNAL MODULE: ./node_modules/valibot/dist/index.mjs
var dist = __webpack_require__(7934);
// EXTERNAL MODULE: ./src/render/escape.ts
var render_escape = __webpack_require__(7789);
;// CONCATENATED MODULE: ./src/publish/faults.ts
/** What GitHub or the way to it can refuse, told apart by what a reader can do about it. */


/** Octokit's RequestError, as far as it is used. */
const RequestErrorSchema = dist/* looseObject */._H3({
    status: dist/* number */.aig(),
    response: dist/* looseObject */._H3({
        headers: dist/* record */.g1P(dist/* string */.YjP(), dist/* optional */.lqM(dist/* union */.KCZ([dist/* string */.YjP(), dist/* number */.aig()]))),
    }),
});
/** GitHub says for some secondary limits only that one should wait; its documentation says for how long. */
const unnamedWait = 60_000;
/** @param now milliseconds since the epoch, since GitHub names the moment at which a limit ends */
function faultOf(error, now) {
    const message = (0,render_escape/* shorten */.ml)((0,render_escape/* escapeTerminal */.en)(error instanceof Error ? error.message : String(error)), 200);
    const answer = dist/* safeParse */.xLC(RequestErrorSchema, error);
    if (!answer.success)
        return { kind: kindWithoutAnswer(error), status: null, message, retryAfter: null };
    const { status } = answer.output;
    const headers = new Map(Object.entries(answer.output.response.headers));
    const limited = status === 429 || (status === 403 && isLimit(message, headers));
    const retryAfter = waitOf(headers, now) ?? (limited ? unnamedWait : null);
    return { kind: limited ? 'limited' : kindOf(status, message), status, message, retryAfter };
}
function kindWithoutAnswer(error) {
    if (error instanceof dist/* ValiError */.H6d || error instanceof SyntaxError)
        return 'malformed';
    const cause = error instanceof Error ? error.cause : undefined;
    return [error, cause].some((found) => found instanceof Error && /^(?:Timeout|Abort)Error$/.test(found.name)) ? 'timeout' : 'network';
}
function isLimit(message, headers) {
    return headers.has('retry-after') || String(headers.get('x-ratelimit-remaining')) === '0' || /rate limit|abuse detection/i.test(message);
}
function waitOf(headers, now) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    if (Number.isFinite(seconds) && seconds >= 0)
        return seconds * 1_000;
    const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
    return String(headers.get('x-ratelimit-remaining')) === '0' && Number.isFinite(reset) ? Math.max(0, reset * 1_000 - now) : null;
}
function kindOf(status, message) {
    if (status === 401)
        return 'unauthorized';
    if ((status === 403 || status === 410) && /\block/i.test(message))
        return 'locked';
    if (status === 403)
        return 'forbidden';
    if (status === 404)
        return 'not-found';
    if (status === 408)
        return 'timeout';
    if (status === 410)
        return 'gone';
    if (status === 422 && /too long/i.test(message))
        return 'too-long';
    return status >= 500 ? 'server' : 'invalid';
}
/** Whether the same question may be answered better a little later. */
function isPassing({ kind }) {
    return kind === 'limited' || kind === 'server' || kind === 'timeout' || kind === 'network' || kind === 'malformed';
}
/**
 * Why it did not work and what to do, as the end of a sentence, without its full stop. Plain text.
 * @param subject what was asked about, such as `#12`
 */
function reasonOf(fault, subject) {
    switch (fault.kind) {
        case 'unauthorized':
            return 'GitHub does not accept the token (401): check the input github-token';
        case 'forbidden':
            return `the token may not do this (${fault.status}): give the job the permission "pull-requests: write"; a run for a fork has a read-only token whatever it asks for, see docs/forks.md`;
        case 'locked':
            return `the conversation of ${subject} is locked (${fault.status}): someone with write access has to unlock it`;
        case 'not-found':
            return `this token does not see ${subject} (404): give the job the permission "pull-requests: write" and a token of this repository`;
        case 'gone':
            return `comments on ${subject} are turned off or gone (410)`;
        case 'too-long':
            return 'GitHub finds the report too long for a comment (422)';
        case 'invalid':
            return `GitHub refuses it (${fault.status}): ${fault.message}`;
        case 'limited':
            return `GitHub limits how much may be asked (${fault.status}) and wants ${Math.ceil((fault.retryAfter ?? unnamedWait) / 1_000)} s of rest, more than this step waits: run the job again later`;
        case 'server':
            return `GitHub has a fault of its own (${fault.status}), also after several tries: run the job again later`;
        case 'timeout':
            return 'GitHub did not answer in time, also after several tries: run the job again later';
        case 'network':
            return `GitHub could not be reached, also after several tries: ${fault.message}`;
        case 'malformed':
            return 'GitHub answered with something unreadable, also after several tries: run the job again later';
    }
}

// EXTERNAL MODULE: ./node_modules/@actions/github/lib/github.js + 22 modules
var github = __webpack_require__(2413);
;// CONCATENATED MODULE: ./src/publish/github.ts
/**
 * GitHub's API, with patience: what only reads is asked again after passing faults. What writes is never sent again
 * here, since a request without an answer may have worked; who writes looks first (`comment.ts`).
 */



const systemClock = {
    now: () => Date.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
/** All waiting of one run together, in milliseconds: a minute, which GitHub likes to ask for, and some tries before. */
const patience = 75_000;
const mostAttempts = 5;
function connectGitHub({ token, apiUrl, clock = systemClock, timeout = 15_000 }) {
    let spent = 0;
    const spend = (milliseconds) => {
        if (spent + milliseconds > patience)
            return false;
        spent += milliseconds;
        return true;
    };
    const wait = async (fault, attempt) => {
        const pause = Math.max(fault.retryAfter ?? 0, 1_000 * 2 ** (attempt - 1));
        if (!isPassing(fault) || attempt >= mostAttempts || !spend(pause))
            return false;
        await clock.sleep(pause);
        return true;
    };
    const fault = (error) => faultOf(error, clock.now());
    const octokit = (0,github/* getOctokit */.Q)(token, { baseUrl: apiUrl, log: silent });
    octokit.hook.wrap('request', async (request, options) => {
        for (let attempt = 1;; attempt++) {
            const started = clock.now();
            try {
                const answer = await request({ ...options, request: { ...options.request, signal: AbortSignal.timeout(timeout) } });
                // Octokit gives the text of JSON that it could not read, which is how a broken connection shows.
                if (answer.status === 200 && typeof answer.data === 'string')
                    throw new SyntaxError('the answer is not whole');
                return answer;
            }
            catch (error) {
                const reads = options.method === 'GET' || options.url.endsWith('/graphql');
                if (!reads || !spend(clock.now() - started) || !(await wait(fault(error), attempt)))
                    throw error;
            }
        }
    });
    let viewer;
    return {
        request: octokit.request,
        wait,
        fault,
        viewer: () => (viewer ??= octokit.graphql('query { viewer { login } }').then((data) => dist/* parse */.qgA(ViewerSchema, data).viewer.login, () => null)),
    };
}
const ViewerSchema = dist/* object */.Ikc({ viewer: dist/* object */.Ikc({ login: dist/* pipe */.FsL(dist/* string */.YjP(), dist/* minLength */.BpQ(1)) }) });
/** Octokit would tell the log of each failed request; what matters is told in one sentence at the end. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore() {
    // Nothing.
}
/** All pages of a list, each item as the schema has it. */
async function allPages(item, ask) {
    const items = [];
    for (let page = 1;; page++) {
        const { data, headers } = await ask(page);
        items.push(...dist/* parse */.qgA(dist/* array */.YOg(item), data));
        if (!/;\s*rel="?next"?/.test(headers.link ?? ''))
            return items;
    }
}

;// CONCATENATED MODULE: ./src/publish/pull-request.ts
/** The pull request that a run is about: named by the event, or looked up for a run that another workflow started. */



const RepositorySchema = dist/* object */.Ikc({ id: dist/* number */.aig(), full_name: dist/* string */.YjP() });
const PullRequestSchema = dist/* object */.Ikc({
    number: dist/* pipe */.FsL(dist/* number */.aig(), dist/* integer */.ndf(), dist/* minValue */.Wwf(1)),
    head: dist/* object */.Ikc({ sha: dist/* string */.YjP(), ref: dist/* string */.YjP(), repo: dist/* nullable */.mee(RepositorySchema) }),
    base: dist/* object */.Ikc({ sha: dist/* string */.YjP(), ref: dist/* string */.YjP(), repo: RepositorySchema }),
    labels: dist/* optional */.lqM(dist/* array */.YOg(dist/* object */.Ikc({ name: dist/* string */.YjP() })), []),
});
function pullRequestOf({ number, head, base, labels }) {
    return {
        number,
        headSha: head.sha,
        headRef: head.ref,
        headRepository: head.repo === null ? null : { id: head.repo.id, fullName: head.repo.full_name },
        baseSha: base.sha,
        baseRef: base.ref,
        labels: labels.map(({ name }) => name),
        fork: head.repo?.id !== base.repo.id,
    };
}
const eventsOfPullRequests = new Set(['pull_request', 'pull_request_target', 'pull_request_review', 'pull_request_review_comment']);
/**
 * What the event itself says, without asking anybody.
 * @param payload JSON of the file that GITHUB_EVENT_PATH names
 */
function pullRequestOfEvent(eventName, payload) {
    if (!eventsOfPullRequests.has(eventName))
        return null;
    const event = dist/* safeParse */.xLC(dist/* object */.Ikc({ pull_request: PullRequestSchema }), payload);
    return event.success ? pullRequestOf(event.output.pull_request) : null;
}
const WorkflowRunSchema = dist/* object */.Ikc({
    workflow_run: dist/* object */.Ikc({
        event: dist/* string */.YjP(),
        head_sha: dist/* string */.YjP(),
        head_branch: dist/* nullable */.mee(dist/* string */.YjP()),
        head_repository: dist/* nullable */.mee(dist/* object */.Ikc({ id: dist/* number */.aig(), full_name: dist/* string */.YjP(), owner: dist/* nullable */.mee(dist/* object */.Ikc({ login: dist/* string */.YjP() })) })),
    }),
});
/** The run that a `workflow_run` event is about; null for other events. */
function workflowRunOfEvent(eventName, payload) {
    if (eventName !== 'workflow_run')
        return null;
    const event = dist/* safeParse */.xLC(WorkflowRunSchema, payload);
    return event.success ? event.output.workflow_run : null;
}
/** Never throws for what GitHub says. */
async function findPullRequest(github, repository, eventName, payload) {
    const named = pullRequestOfEvent(eventName, payload);
    if (named)
        return { pullRequest: named, sentence: null };
    const run = workflowRunOfEvent(eventName, payload);
    if (run === null)
        return none(`No comment: the event ${eventName} is about no pull request.`);
    if (run.event !== 'pull_request')
        return none('No comment: the run that started this workflow was not for a pull request.');
    try {
        return await lookUp(github, repository, run);
    }
    catch (error) {
        return none(`No comment: the pull request could not be looked up: ${reasonOf(github.fault(error), 'the pull requests')}.`);
    }
}
/**
 * By head branch, and then only what has the very commit and the very repository of the run: `pull_requests` of a run
 * is empty for forks, and a branch's name alone is the fork's to choose.
 */
async function lookUp(github, repository, run) {
    const { head_repository: head, head_branch: branch, head_sha: sha } = run;
    if (!head?.owner || branch === null)
        return none('No comment: the repository that the run was for is gone.');
    const owner = head.owner.login;
    const open = await allPages(PullRequestSchema, (page) => github.request('GET /repos/{owner}/{repo}/pulls', { ...repository, head: `${owner}:${branch}`, state: 'open', per_page: 100, page }));
    const [found, another] = open.filter((pull) => pull.head.sha === sha && pull.head.repo?.id === head.id);
    if (found === undefined)
        return none(`No comment: no open pull request is at ${sha.slice(0, 7)}; a newer commit or a closed pull request gets none.`);
    if (another)
        return none(`No comment: #${found.number} and #${another.number} have the same head, and the run does not tell which it was for.`);
    return { pullRequest: pullRequestOf(found), sentence: null };
}
/**
 * One that somebody named.
 * @throws what Octokit throws
 */
async function pullRequestByNumber(github, repository, number) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...repository, pull_number: number });
    return pullRequestOf(dist/* parse */.qgA(PullRequestSchema, data));
}
function none(sentence) {
    return { pullRequest: null, sentence: `${sentence} The report is in the job summary.` };
}

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
;// CONCATENATED MODULE: ./src/flow/github-run.ts
/** The run of a workflow, as the runner's environment tells of it. */

function githubRunOf(env, event) {
    const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
    return {
        event,
        repository: owner && repo ? { owner, repo } : null,
        run: { id: Number(env['GITHUB_RUN_ID']) || 0, attempt: Number(env['GITHUB_RUN_ATTEMPT']) || 1 },
        apiUrl: env['GITHUB_API_URL'] || 'https://api.github.com',
        workspace: (0,external_node_path_.resolve)(env['GITHUB_WORKSPACE'] || '.'),
        tempFolder: env['RUNNER_TEMP'] || '/tmp',
        actor: env['GITHUB_ACTOR'] ?? null,
    };
}

// EXTERNAL MODULE: ./src/flow/make-report.ts + 21 modules
var make_report = __webpack_require__(168);
// EXTERNAL MODULE: ./src/baseline/record-store.ts
var record_store = __webpack_require__(5010);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(1455);
// EXTERNAL MODULE: ./src/inspect/record.ts
var record = __webpack_require__(9987);
;// CONCATENATED MODULE: ./src/publish/records-in.ts
/**
 * Records that other jobs left, perhaps jobs of a fork: the names, the number, the size and the bytes of these files
 * are all theirs to choose. Only regular files below the workspace or the runner's temporary folder are read.
 */






const recordLimits = { files: 50, file: 5_000_000, total: 20_000_000 };
/**
 * @param patterns paths, folders or globs, one a line, from `workspace`; a folder stands for the files `*.record.json` below it
 * @param folders where files may lie, such as the workspace and RUNNER_TEMP
 */
async function records_in_readRecords(patterns, workspace, folders, limits = recordLimits) {
    const roots = await Promise.all(folders.map((folder) => realpath(folder)));
    const problems = [];
    const paths = new Set();
    for (const pattern of patterns.split('\n').map((line) => line.trim()).filter((line) => line !== '')) {
        let matched = false;
        for await (const path of matches(pattern, workspace)) {
            matched = true;
            paths.add(path);
            if (paths.size > limits.files)
                return { records: [], problems: [refuse(`records: more than ${limits.files} files match; name fewer`)] };
        }
        if (!matched)
            problems.push(refuse(`records: no file matches ${shown(pattern)}`));
    }
    const records = [];
    let total = 0;
    for (const path of [...paths].sort()) {
        const name = shown(relative(workspace, path));
        try {
            const text = await readRegularFile(path, name, roots, Math.min(limits.file, limits.total - total));
            total += Buffer.byteLength(text);
            records.push({ path: name, footprint: parseRecord(text, name) });
        }
        catch (error) {
            problems.push(error instanceof FootprintError ? error : refuse(`${name} cannot be read: ${messageOf(error)}`));
        }
    }
    return { records, problems };
}
async function* matches(pattern, workspace) {
    const path = resolve(workspace, pattern);
    // A file that exists under this very name needs no pattern, whatever characters are in its name.
    const found = await stat(path).catch(() => null);
    if (found?.isFile() === true)
        yield path;
    else if (found?.isDirectory() === true)
        for await (const file of glob('**/*.record.json', { cwd: path }))
            yield join(path, file);
    else
        for await (const file of glob(pattern, { cwd: workspace }))
            yield resolve(workspace, file);
}
/** @throws FootprintError UNREADABLE_INPUT */
async function readRegularFile(path, name, roots, most) {
    const file = await lstat(path);
    if (!file.isFile())
        throw refuse(`${name} is no regular file, so it is not read as a record`);
    const real = await realpath(path);
    if (!roots.some((root) => isInside(root, real)))
        throw refuse(`${name} lies outside the workspace and the runner's temporary folder, so it is not read as a record`);
    // Should something else take its place in this moment, it is neither followed nor waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
        if (!(await handle.stat()).isFile())
            throw refuse(`${name} is no regular file, so it is not read as a record`);
        const buffer = Buffer.alloc(Math.min((await handle.stat()).size, most) + 1);
        let length = 0;
        for (let read = -1; read !== 0 && length < buffer.length; length += read)
            read = (await handle.read(buffer, length, buffer.length - length)).bytesRead;
        if (length > most)
            throw refuse(`${name} is larger than records may be (${most} bytes are left for it)`);
        return buffer.toString('utf8', 0, length);
    }
    finally {
        await handle.close();
    }
}
function isInside(folder, path) {
    const way = relative(folder, path);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
function shown(path) {
    return shorten(escapeTerminal(path), 200);
}
function refuse(sentence) {
    return new FootprintError('UNREADABLE_INPUT', sentence);
}

// EXTERNAL MODULE: ./src/flow/find-baseline.ts + 2 modules
var find_baseline = __webpack_require__(632);
;// CONCATENATED MODULE: ./src/flow/publish-records.ts
/** `mode: publish`: one report from the records of other jobs. Nothing is built, and no text of theirs is trusted. */




/**
 * @param patterns paths and globs
 * @throws FootprintError UNREADABLE_INPUT where no record can be read
 */
async function collectRecords(patterns, workspace, folders) {
    if (patterns.length === 0)
        throw new FootprintError('USAGE', 'mode publish needs the input records: paths or globs of records, one a line');
    const { records, problems } = await readRecords(patterns.join('\n'), workspace, folders);
    const [first] = problems;
    if (records.length === 0)
        throw first ?? new FootprintError('UNREADABLE_INPUT', 'no record was found');
    return { footprints: records.map(({ footprint }) => footprint), problems: problems.map(messageOf) };
}
/** All images in one footprint, in the order of the records. */
function joinFootprints(footprints) {
    return {
        schemaVersion: 1,
        notes: [...new Set(footprints.flatMap(({ notes }) => notes ?? []))],
        images: footprints.flatMap(({ images }) => images),
    };
}
/**
 * For each record the stored one of the base commit, else the newest of the branch: what trusted runs have kept, never
 * what the records say of themselves.
 */
async function storedBaseline(footprints, base, recordFolder) {
    if (base === null)
        return { found: null, notes: ['There is no base commit: no pull request is known.'] };
    const store = openRecordStore(recordFolder);
    const notes = [];
    const found = [];
    let exact = true;
    for (const footprint of footprints) {
        const [name, settings] = [recordNameOf(footprint), footprint.revision?.settings ?? ''];
        const same = await store.exactly(base.commit, name, settings);
        const { record, notes: said } = same.record ? same : await store.newestOf(base.branch, name, settings, null);
        notes.push(...said);
        if (record === null)
            notes.push(`No stored record of ${name} is of the branch ${base.branch} under the same settings.`);
        else {
            exact &&= same.record !== null;
            found.push(record);
        }
    }
    if (found.length === 0)
        return { found: null, notes };
    const origin = { kind: exact ? 'record' : 'newest-record', commit: exact ? base.commit : null, reference: base.branch };
    return { found: { footprint: joinFootprints(found), origin, sameBuilder: false }, notes };
}

;// CONCATENATED MODULE: ./src/budget/override.ts
/** A reviewed override: a label that somebody with write access sets on exactly this head commit. Pure. */

/** Roles that can push. The triage role can set labels too, and is none of them. */
const rolesThatWrite = ['write', 'maintain', 'admin'];
const LabeledSchema = dist/* object */.Ikc({
    action: dist/* literal */.euz('labeled'),
    label: dist/* object */.Ikc({ name: dist/* string */.YjP() }),
    sender: dist/* object */.Ikc({ login: dist/* pipe */.FsL(dist/* string */.YjP(), dist/* minLength */.BpQ(1)) }),
    pull_request: dist/* object */.Ikc({ head: dist/* object */.Ikc({ sha: dist/* pipe */.FsL(dist/* string */.YjP(), dist/* regex */.yGV(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/)) }) }),
});
/**
 * @param event the payload of the workflow's event, unchecked; only a `labeled` pull request can override
 * @param labelName of the label that overrides; case does not matter, as on GitHub
 * @param permissionOfSender what the API gives as `permission` (or `role_name`) of the sender's access to the
 *   repository; null where it could not be asked, which is no permission
 */
function overrideFrom(event, labelName, permissionOfSender) {
    const labeled = dist/* safeParse */.xLC(LabeledSchema, event);
    if (!labeled.success || permissionOfSender === null)
        return null;
    const { label, sender, pull_request: pullRequest } = labeled.output;
    if (!isSameLabel(label.name, labelName) || !rolesThatWrite.includes(permissionOfSender))
        return null;
    return { label: label.name, by: sender.login, headSha: pullRequest.head.sha };
}
/**
 * Whose permission to ask for before `overrideFrom`; null where the event is no label that could override.
 */
function overrideSender(event, labelName) {
    const labeled = dist/* safeParse */.xLC(LabeledSchema, event);
    return labeled.success && isSameLabel(labeled.output.label.name, labelName) ? labeled.output.sender.login : null;
}
/** Whether an override that was accepted earlier still holds: the same head commit, and the label is still there. */
function overrideHolds(override, headSha, labels) {
    return override.headSha === headSha && labels.some((label) => isSameLabel(label, override.label));
}
const isSameLabel = (one, other) => one.trim() !== '' && one.trim().toLowerCase() === other.trim().toLowerCase();

;// CONCATENATED MODULE: ./src/publish/comment-marker.ts
const shape = /^<!-- stage-footprint:([^\s>]*) ([^>\n]*) -->(?:\r?\n|$)/;
const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const digits = /^(0|[1-9]\d{0,15})\.([1-9]\d{0,5})$/;
function formatMarker({ name, headSha, run, override }) {
    const fields = [`head=${headSha}`, `run=${run.id}.${run.attempt}`];
    if (override !== null)
        fields.push(`override=${[override.label, override.by, override.headSha].map(escapeWord).join(',')}`);
    return `<!-- stage-footprint:${escapeWord(name)} ${fields.join(' ')} -->`;
}
/** Null where the text does not begin with a marker. Fields of a later version are passed over. */
function parseMarker(body) {
    const [, word, rest] = shape.exec(body) ?? [];
    const name = word === undefined ? null : unescapeWord(word);
    if (name === null || rest === undefined)
        return null;
    const fields = new Map(rest.split(' ').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]));
    const headSha = fields.get('head') ?? '';
    const [, id, attempt] = digits.exec(fields.get('run') ?? '') ?? [];
    if (!commit.test(headSha) || id === undefined || attempt === undefined)
        return null;
    return { name, headSha, run: { id: Number(id), attempt: Number(attempt) }, override: parseOverride(fields.get('override')) };
}
function parseOverride(field) {
    const [label, by, headSha, ...more] = field?.split(',').map(unescapeWord) ?? [];
    if (label === undefined || label === null || !by || !headSha || !commit.test(headSha) || more.length > 0)
        return null;
    return { label, by, headSha };
}
function isLater(one, other) {
    return one.id === other.id ? one.attempt > other.attempt : one.id > other.id;
}
/**
 * One word of ASCII for each text, and another for each other text: what could end the word, the field or the HTML
 * comment (`--` among it) is written as its code point.
 */
function escapeWord(text) {
    return text.replace(/[^A-Za-z0-9._-]|(?<=-)-/gu, (character) => `%${(character.codePointAt(0) ?? 0).toString(16)};`);
}
/** Null where no text is written so. */
function unescapeWord(word) {
    const text = word.replace(/%([0-9a-f]{1,6});/g, (found, code) => Number.parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(code, 16)) : found);
    return escapeWord(text) === word ? text : null;
}

;// CONCATENATED MODULE: ./src/publish/comment.ts
/**
 * One comment for each name on a pull request, updated in place.
 *
 * GitHub can neither create nor update on a condition. So each pass looks, decides and writes, and a write whose
 * outcome is not known is followed by another look, never by the same write. Two runs that create at the same moment
 * both look again: the later one merges into the oldest comment, the other takes its own back. What is left is the
 * one request between look and update; recipes close that window with `concurrency`.
 */




/** Characters that GitHub takes in a comment. */
const mostCharacters = 65_536;
/** How long a body may be, in UTF-16 units, which are never fewer than characters. */
function roomForBody(marker) {
    return mostCharacters - formatMarker(marker).length - 1;
}
/** Never throws for what GitHub says or does not say. */
async function upsertComment(report) {
    if (report.mode === 'off')
        return skipped('No comment, as the input comment says.');
    let past = { made: null, sent: null };
    try {
        for (let attempt = 1;; attempt++) {
            const pass = await lookAndWrite(report, past);
            if ('result' in pass)
                return pass.result;
            past = pass.past;
            if (pass.again === null && attempt <= 8)
                continue;
            if (pass.again === null || !(await report.github.wait(pass.again, attempt)))
                return past.made ? created(report, past.made.url) : failed(report, pass.again);
        }
    }
    catch (error) {
        return past.made ? created(report, past.made.url) : failed(report, report.github.fault(error));
    }
}
/**
 * The marker of our comment, for the override that it keeps; null where there is none.
 * @throws what Octokit throws
 */
async function findMarker(place) {
    return newest(await ownComments(place, null))?.marker ?? null;
}
async function lookAndWrite(report, past) {
    const own = await ownComments(report, past.made?.author ?? null);
    const [oldest, ...extra] = own;
    if (oldest === undefined) {
        // GitHub's list can lag behind a comment that was just made.
        if (past.made)
            return { result: created(report, past.made.url) };
        if (!wantsWhole(report))
            return { result: skipped(`No comment: ${report.state === 'unchanged' ? 'nothing changed' : 'no budget fails'}.`) };
    }
    const behind = (await behindReason(report)) ?? laterReason(report, own);
    if (behind !== null) {
        // The later run keeps the oldest comment; what this run made beside it has to go.
        if (past.sent === 'created')
            for (const { id, marker } of extra)
                if (isOf(report, marker))
                    await remove(report, id);
        // What was written before the other came is the other's to replace.
        if (past.sent !== null && oldest && isOf(report, oldest.marker))
            return { result: done(report, past.sent, oldest.url) };
        return { result: skipped(behind) };
    }
    const text = textOf(report);
    if (oldest === undefined)
        return create(report, text, past);
    if (sameText(oldest.body, text)) {
        for (const { id } of extra)
            await remove(report, id);
        return { result: done(report, past.made ? 'created' : (past.sent ?? 'unchanged'), oldest.url) };
    }
    return update(report, oldest, extra, text, past);
}
async function create(report, body, past) {
    const { github, repository, pullRequest } = report;
    try {
        const answer = await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...repository, issue_number: pullRequest, body });
        const { id, html_url: url, user } = dist/* parse */.qgA(CommentSchema, answer.data);
        // Look again: another run may have created one at the same moment.
        return { again: null, past: { made: { id, url, author: user?.login ?? '' }, sent: 'created' } };
    }
    catch (error) {
        return { again: github.fault(error), past: { ...past, sent: 'created' } };
    }
}
async function update(report, oldest, extra, body, past) {
    const { github, repository } = report;
    try {
        await github.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...repository, comment_id: oldest.id, body });
    }
    catch (error) {
        const fault = github.fault(error);
        // Somebody deleted it since the look; the next look does not find it.
        if (fault.kind === 'not-found')
            return { again: null, past: { made: past.made?.id === oldest.id ? null : past.made, sent: null } };
        return { again: fault, past: { ...past, sent: past.sent ?? 'updated' } };
    }
    for (const { id } of extra)
        await remove(report, id);
    return { result: done(report, past.made ? 'created' : 'updated', oldest.url) };
}
/** Best effort: one that stays is removed by a later run. */
async function remove({ github, repository }, id) {
    await github.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...repository, comment_id: id }).catch(() => null);
}
const CommentSchema = dist/* object */.Ikc({
    id: dist/* pipe */.FsL(dist/* number */.aig(), dist/* integer */.ndf()),
    html_url: dist/* string */.YjP(),
    body: dist/* nullish */.cl6(dist/* string */.YjP()),
    user: dist/* nullable */.mee(dist/* object */.Ikc({ login: dist/* string */.YjP() })),
});
/** Whom a workflow's own token writes as. */
const workflowBot = 'github-actions[bot]';
/**
 * Comments of this name that our token wrote, oldest first. A marker in anybody else's comment is nothing but text.
 * Where GitHub does not tell whom the token writes as, only comments of workflows count.
 */
async function ownComments({ github, repository, pullRequest, name }, author) {
    const all = await allPages(CommentSchema, (page) => github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...repository, issue_number: pullRequest, per_page: 100, page }));
    const marked = all.flatMap((comment) => {
        const marker = parseMarker(comment.body ?? '');
        if (marker?.name !== name || comment.user === null)
            return [];
        return [{ id: comment.id, url: comment.html_url, body: comment.body ?? '', author: comment.user.login, marker }];
    });
    if (marked.length === 0)
        return [];
    const own = author ?? (await github.viewer()) ?? workflowBot;
    return marked.filter((comment) => comment.author === own).sort((one, other) => one.id - other.id);
}
function newest(comments) {
    return comments.reduce((best, found) => (best && isLater(best.marker.run, found.marker.run) ? best : found), undefined);
}
const comment_PullRequestSchema = dist/* object */.Ikc({ head: dist/* object */.Ikc({ sha: dist/* string */.YjP() }) });
/** Asked last before a write: only a report of the pull request's present head may stand in its comment. */
async function behindReason({ github, repository, pullRequest, headSha }) {
    const answer = await github.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...repository, pull_number: pullRequest });
    const { sha } = dist/* parse */.qgA(comment_PullRequestSchema, answer.data).head;
    if (sha === headSha)
        return null;
    return `No comment: #${pullRequest} is at ${sha.slice(0, 7)} by now, and this run is of ${headSha.slice(0, 7)}; its report is in the job summary.`;
}
function laterReason({ headSha, run }, own) {
    const later = own.find(({ marker }) => marker.headSha === headSha && isLater(marker.run, run));
    return later ? `No comment: the later run ${later.marker.run.id} of this commit has written it; this report is in the job summary.` : null;
}
function isOf({ headSha, run }, marker) {
    return marker.headSha === headSha && marker.run.id === run.id && marker.run.attempt === run.attempt;
}
function wantsWhole({ mode, state }) {
    return mode === 'always' || (mode === 'failures' ? state === 'failed' : state !== 'unchanged');
}
function textOf(report) {
    return `${formatMarker(report)}\n${wantsWhole(report) ? report.body : report.quietLine}`;
}
/** GitHub may change line ends and what is at the very end. */
function sameText(one, other) {
    const normal = (text) => text.replaceAll('\r\n', '\n').trimEnd();
    return normal(one) === normal(other);
}
function skipped(sentence) {
    return { status: 'skipped', url: null, sentence };
}
function created(report, url) {
    return done(report, 'created', url);
}
function done({ pullRequest }, status, url) {
    const words = { created: 'Created the comment', updated: 'Updated the comment', unchanged: 'The comment is already up to date' };
    return { status, url, sentence: `${words[status]} on #${pullRequest}.` };
}
function failed({ pullRequest }, fault) {
    const reason = fault === null ? 'it was deleted again and again while it was written' : reasonOf(fault, `#${pullRequest}`);
    return { status: 'failed', url: null, sentence: `No comment on #${pullRequest}, the report is in the job summary: ${reason}.` };
}

;// CONCATENATED MODULE: ./src/publish/override-permission.ts
/** What somebody may do in the repository, for whether a label of theirs overrides a budget. */


const AnswerSchema = dist/* object */.Ikc({ permission: dist/* string */.YjP(), user: dist/* nullable */.mee(dist/* object */.Ikc({ login: dist/* string */.YjP() })) });
/**
 * `admin`, `write`, `read` or `none`: the roles of before, so that `maintain` is `write` and `triage`, which may set
 * labels too, is `read`. Never throws for what GitHub says.
 */
async function permissionOf(github, repository, login) {
    const who = (0,render_escape/* shorten */.ml)((0,render_escape/* escapeTerminal */.en)(login), 60);
    try {
        const answer = await github.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { ...repository, username: login });
        const { permission, user } = dist/* parse */.qgA(AnswerSchema, answer.data);
        if (user?.login.toLowerCase() === login.toLowerCase())
            return { permission, sentence: null };
        return { permission: null, sentence: `The label of ${who} overrides nothing: GitHub answered about somebody else.` };
    }
    catch (error) {
        const { status } = github.fault(error);
        const problem = status === 404 ? 'is not a collaborator' : `could not be looked up${status === null ? '' : ` (${status})`}`;
        return { permission: null, sentence: `The label of ${who} overrides nothing: ${who} ${problem}.` };
    }
}

;// CONCATENATED MODULE: ./src/publish/trust.ts
/** What a run may do, by the event that started it. */

/**
 * A build runs what the Dockerfile says. With `pull_request_target` and `workflow_run` it would do so with the
 * repository's secrets and a token that writes, so code of a pull request is not built there.
 *
 * With `pull_request_target` a checked-out commit has to be one of the base: the head can move while the run starts,
 * so that comparing with the event's head alone would let a newer one through.
 *
 * @throws FootprintError USAGE with the safe way
 */
function refuseUntrustedBuild(source) {
    const { eventName, pullRequest, workflowRun, workflowSha, checkedOut, gitContext } = source;
    if (eventName === 'pull_request_target') {
        const base = [workflowSha, pullRequest?.baseSha];
        if (checkedOut !== null && !base.includes(checkedOut))
            throw refusal(eventName, `commit ${checkedOut.slice(0, 7)}, which is not the base branch's,`);
        if (gitContext !== null && pullRequest !== null && isOfHead(gitContext, pullRequest, source.repository))
            throw refusal(eventName, 'a Git context of the pull request');
    }
    if (eventName === 'workflow_run' && workflowRun !== null && isForeign(workflowRun, source.repository)) {
        if (checkedOut === workflowRun.head_sha)
            throw refusal(eventName, `commit ${checkedOut.slice(0, 7)} of a fork`);
        const fork = workflowRun.head_repository?.full_name;
        if (gitContext !== null && (pointsAt(gitContext, fork) || revisionsOf(gitContext).includes(workflowRun.head_sha)))
            throw refusal(eventName, 'a Git context of a fork');
    }
}
function refusal(eventName, what) {
    return new FootprintError('USAGE', `Refused to build ${what} on the event ${eventName}: code of a pull request would run with this repository's secrets and a token that writes. Build on the event pull_request, and write the comment from a second workflow with "mode: publish": see docs/forks.md`);
}
function isForeign(run, repository) {
    return run.head_repository?.full_name.toLowerCase() !== repository.toLowerCase();
}
function isOfHead(context, { number, headSha, headRef, headRepository, fork }, repository) {
    if (fork && pointsAt(context, headRepository?.fullName))
        return true;
    const revisions = revisionsOf(context);
    if (revisions.some((revision) => revision === headSha || revision.startsWith(`refs/pull/${number}/`) || revision.startsWith(`pull/${number}/`)))
        return true;
    return !fork && pointsAt(context, repository) && revisions.some((revision) => revision === headRef || revision === `refs/heads/${headRef}`);
}
/** Host and scheme do not matter: `https://HOST/OWNER/REPO.git`, `git@HOST:OWNER/REPO`. */
function pointsAt(context, fullName) {
    const path = (context.split(/[#?]/)[0] ?? '').replace(/\/+$/, '').replace(/\.git$/, '').toLowerCase();
    return fullName !== undefined && ['/', ':'].some((before) => path.endsWith(before + fullName.toLowerCase()));
}
/** Branch, tag or commit, in the fragment (`#REF:FOLDER`) or the query (`?ref=…&commit=…`). */
function revisionsOf(context) {
    const [, query = ''] = /\?([^#]*)/.exec(context) ?? [];
    const [, fragment = ''] = /#(.*)$/.exec(context) ?? [];
    return [fragment.split(':')[0] ?? '', ...new URLSearchParams(query).values()].filter((revision) => revision !== '');
}
/** The token of a run for a fork reads only, so nothing is tried. */
function commentAccess(eventName, pullRequest) {
    if (pullRequest?.fork !== true || eventName === 'pull_request_target' || eventName === 'workflow_run')
        return { mayWrite: true };
    return {
        mayWrite: false,
        sentence: 'No comment: a run for a fork has a token that only reads, so the report is in the job summary. A second workflow can write the comment: see docs/forks.md.',
    };
}
/** What to add to the reason why a comment could not be written, if Dependabot started the run. */
function dependabotHint(actor) {
    if (actor !== 'dependabot[bot]')
        return null;
    return 'Runs that Dependabot starts have a token that only reads unless the workflow file itself grants "permissions: pull-requests: write"; a second workflow works too: see docs/forks.md.';
}

// EXTERNAL MODULE: ./src/render/markdown.ts + 8 modules
var markdown = __webpack_require__(3241);
// EXTERNAL MODULE: ./src/render/change-sentences.ts
var change_sentences = __webpack_require__(5409);
// EXTERNAL MODULE: ./src/render/headline.ts
var headline = __webpack_require__(4354);
// EXTERNAL MODULE: ./src/render/markdown-parts.ts
var markdown_parts = __webpack_require__(6200);
// EXTERNAL MODULE: ./src/render/report.ts
var render_report = __webpack_require__(6076);
// EXTERNAL MODULE: ./src/render/units.ts
var units = __webpack_require__(3647);
// EXTERNAL MODULE: ./src/render/verdict-lines.ts
var verdict_lines = __webpack_require__(5831);
;// CONCATENATED MODULE: ./src/render/quiet.ts
/** The one line that an older comment becomes where nothing changed any more. Pure. */






/** Markdown without a line break; a budget that fails all the same is told. */
function quietLine(report) {
    const images = (0,render_report/* imageReports */.jl)(report);
    const only = images.length === 1 ? images[0] : undefined;
    const title = report.title ?? only?.image.name ?? null;
    const totals = only && (0,headline/* headlineOf */.g)(only.image)?.final.totals;
    const mark = report.verdict && (0,verdict_lines/* markOfVerdict */.ep)(report.verdict);
    return [
        `Stage Footprint${title === null ? '' : ` · ${(0,markdown_parts/* shortName */.EU)(title)}`}: ${(0,markdown_parts/* strong */.ko)('nothing changed')}`,
        totals
            ? `, still ${(0,units/* formatBytes */.z3)(totals.compressedSize)} to pull and ${(0,units/* formatBytes */.z3)(totals.uncompressedSize)} unpacked, in ${(0,units/* formatCount */.B4)(totals.layers, 'layer')}.`
            : `, in ${(0,units/* formatCount */.B4)(report.footprint.images.length, 'image')}.`,
        mark && mark !== 'pass' ? ` ${markdown_parts/* signs */.rf[mark]} ${(0,verdict_lines/* verdictCounts */.US)(report.verdict.results)}.` : '',
        report.comparison ? ` ${(0,change_sentences/* comparedSentence */.Zg)(report.comparison, markdown_parts/* shortName */.EU)}` : '',
        report.reportedByFork ? " As reported by the fork's run." : '',
    ].join('');
}

;// CONCATENATED MODULE: ./src/flow/publish-report.ts
/** A report on its pull request: the override that may count, then the one comment. Nothing here ends a run. */










/** @returns a sentence where there is none, or where nothing may be written; null sentences are not worth telling */
async function findTarget({ event, repository, apiUrl }, token) {
    if (event.name === null || repository === null)
        return { sentence: null };
    if (token === '')
        return { sentence: 'No comment: there is no token (input github-token). The report is in the job summary.' };
    const github = connectGitHub({ token, apiUrl });
    const { pullRequest, sentence } = await findPullRequest(github, repository, event.name, event.payload);
    // A push has no pull request, and nobody expects a comment of it.
    if (pullRequest === null)
        return { sentence: event.name === 'workflow_run' ? sentence : null };
    return { github, repository, pullRequest };
}
async function publishReport(report, run, wish, target) {
    // Nobody misses the comment that the input comment turned off; a label may override a budget all the same.
    const missing = (sentence) => ({ report, comment: null, sentences: sentence === null || wish.comment === 'off' ? [] : [sentence] });
    if ('sentence' in target)
        return missing(target.sentence);
    const eventName = run.event.name ?? '';
    const access = commentAccess(eventName, target.pullRequest);
    if (!access.mayWrite)
        return missing(access.sentence);
    const place = { github: target.github, repository: target.repository, pullRequest: target.pullRequest.number, name: wish.name };
    const accepted = (0,make_report/* failsBudget */.Xq)(report.verdict) ? await findOverride(place, target.pullRequest, run, wish.overrideLabel) : { override: null, sentence: null };
    const final = accepted.override === null ? report : (0,make_report/* withOverride */.p6)(report, accepted.override);
    const told = (sentences) => sentences.filter((sentence) => sentence !== null);
    if (wish.comment === 'off')
        return { report: final, comment: null, sentences: told([accepted.sentence]) };
    const marker = { name: wish.name, headSha: target.pullRequest.headSha, run: run.run, override: accepted.override };
    const comment = await upsertComment({
        ...place,
        ...marker,
        mode: wish.comment,
        state: stateOf(final),
        body: (0,markdown/* renderMarkdown */.G)(final, { maxBytes: roomForBody(marker) }),
        quietLine: quietLine(final),
    });
    const hint = comment.status === 'failed' ? dependabotHint(run.actor ?? undefined) : null;
    return { report: final, comment, sentences: told([accepted.sentence, comment.sentence, hint]) };
}
function stateOf(report) {
    if ((0,make_report/* failsBudget */.Xq)(report.verdict))
        return 'failed';
    return (0,render_report/* nothingChanged */.Us)(report) && report.verdict?.outcome !== 'warn' ? 'unchanged' : 'changed';
}
/** The label set by this very event, or accepted for this head by an earlier run and still there. */
async function findOverride(place, pullRequest, { event }, label) {
    const sender = event.name === 'pull_request' ? overrideSender(event.payload, label) : null;
    if (sender !== null) {
        const { permission, sentence } = await permissionOf(place.github, place.repository, sender);
        const override = overrideFrom(event.payload, label, permission);
        if (override?.headSha === pullRequest.headSha)
            return { override, sentence: null };
        return { override: null, sentence: sentence ?? `The label of ${sender} overrides nothing: it takes write access to this repository.` };
    }
    const kept = await findMarker(place).then((marker) => marker?.override ?? null, () => null);
    const holds = kept !== null && overrideHolds(kept, pullRequest.headSha, pullRequest.labels);
    return { override: holds ? kept : null, sentence: null };
}

// EXTERNAL MODULE: ./src/flow/write-report.ts + 7 modules
var write_report = __webpack_require__(6151);
;// CONCATENATED MODULE: ./src/flow/publish-from-command-line.ts
/** `stage-footprint publish`: the comment of a pull request that is named, or that the workflow's event names. */













/** @throws FootprintError USAGE where no pull request or token is given, UNREADABLE_INPUT where a record is none */
async function publishFromCommandLine({ records, options, baseline, rules, env, readStdin, say }) {
    const footprints = await Promise.all(records.map((record) => (0,read_record_file/* readRecordFile */.m)(record, readStdin)));
    const run = githubRunOf(env, await (0,run_event/* readRunEvent */.E)(env, null));
    const token = env['GITHUB_TOKEN'] ?? '';
    if (token === '')
        throw new errors/* FootprintError */.E0('USAGE', 'publish needs a token in the environment variable GITHUB_TOKEN');
    const target = await targetOf(run, options, token);
    const made = (0,make_report/* makeReport */.dO)({ footprint: joinFootprints(footprints), baseline, rules, title: options.name, reportedByFork: false, dockerfile: null });
    const name = options.name ?? footprints[0]?.images[0]?.name ?? 'all';
    const { report, comment, sentences } = await publishReport(made, run, { ...options, name, overrideLabel: inputs/* defaultOverrideLabel */.u, token }, target);
    await (0,write_report/* writeReport */.u)(report, options);
    for (const sentence of sentences)
        say((0,render_escape/* escapeTerminal */.en)(sentence));
    if (report.verdict?.outcome === 'fail')
        return errors/* ExitStatus */.vu.budgetFailed;
    return comment?.status === 'failed' ? errors/* ExitStatus */.vu.reportFailed : errors/* ExitStatus */.vu.ok;
}
async function targetOf(run, { repository, pullRequest: number }, token) {
    const [owner, repo] = repository?.split('/') ?? [];
    const named = owner && repo ? { owner, repo } : run.repository;
    if (named === null)
        throw new errors/* FootprintError */.E0('USAGE', 'publish needs --repository OWNER/NAME');
    if (number === null) {
        const found = await findTarget({ ...run, repository: named }, token);
        if ('pullRequest' in found)
            return found;
        throw new errors/* FootprintError */.E0('USAGE', `publish needs --pull-request N${found.sentence === null ? '' : `: ${found.sentence}`}`);
    }
    const github = connectGitHub({ token, apiUrl: run.apiUrl });
    const pullRequest = await pullRequestByNumber(github, named, number).catch((error) => {
        throw new errors/* FootprintError */.E0('UNREADABLE_INPUT', `pull request #${number} of ${named.owner}/${named.repo} cannot be read: ${reasonOf(github.fault(error), `#${number}`)}`, { cause: error });
    });
    return { github, repository: named, pullRequest };
}


/***/ })

};
