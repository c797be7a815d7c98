import assert from "node:assert/strict"
import { fork, spawn } from "node:child_process"
import { once } from "node:events"
import { globSync } from "node:fs"
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { test } from "node:test"
import { start } from "../packages/cli/src/testing/start-process.ts"
import { packCommand } from "./packed-command.ts"
import { isShown, reasonsNotRun, shellExamples } from "./shell-examples.ts"
import type { ShellExample } from "./shell-examples.ts"
import { pathWithCurl } from "./testing/add-curl.ts"
import { shared } from "./testing/shared.ts"

const root = resolve(import.meta.dirname, "..")
/**
 * The command as users get it. Dozens of commands run, and a built one loads in half of the time. Each page has a gateway of
 * its own, but one process serves them all, because each process would load for a second.
 */
const packed = shared(async (resources) => {
  const { command, home } = resources.use(await packCommand())
  const server = fork(join(import.meta.dirname, "testing/serve-in-turn.ts"), [join(command, "../../dist/main.js")], {
    execArgv: [],
  })
  const exited = once(server, "exit")
  resources.defer(async () => {
    server.kill("SIGKILL")
    await exited
  })
  return { command, home, server }
})
const guide = (name: string): Promise<string> => readFile(join(root, name), "utf8")

/** The most examples, in one language, that need Docker, Kubernetes, a database, a bucket or a real WeCom. */
const MOST_NOT_RUN = 20

/** The pages, without the end of their names. */
const PAGES = globSync(["guide-*.zh-CN.md", "{command,drop-in,gateway,recipes,sdk,simulator}/*.zh-CN.md"], {
  cwd: join(root, "docs"),
})
  .map((page) => `docs/${page.replace(".zh-CN.md", "")}`)
  .toSorted()

for (const name of PAGES) {
  for (const language of ["", ".zh-CN"]) {
    // proves 30.recipes: recipes run as printed
    // proves 30.shell: shell examples of every guide
    test(`the shell examples of ${name}${language}.md do what they show`, async () => {
      const examples = shellExamples(await guide(`${name}${language}.md`))
      // A page about systemd, Docker or PostgreSQL only has no examples that run here.
      if (examples.length === 0) return
      await using trial = await startTrial()
      for (const example of examples) await tryExample(trial, example)
    })
  }
}

// proves 30.bad-site: an example that does not run
test("an example that ends with another code, prints something else or uses a variable that is not set is named with its line", async () => {
  await using trial = await startTrial()
  const shows = "\n```text\nanother text\n```\n"
  for (const [markdown, what] of [
    [pageWith("wecom-push no-such-command"), /line \d+: wecom-push no-such-command/],
    [pageWith("true\nfalse\ntrue"), /line \d+: true/],
    [pageWith("echo a text", shows), /line \d+: echo a text[^]*instead of:[^]*another text/],
    // This ends the shell.
    [pageWith('echo "$WECOM_PUSH_NOT_SET"'), /line \d+: echo/],
  ] as const) {
    const [example] = shellExamples(markdown)
    assert.ok(example !== undefined, markdown)
    await assert.rejects(tryExample(trial, example), what)
  }
})

for (const name of ["README.md", "README.zh-CN.md"]) {
  // proves 3.done 2: the README's curl
  test(`each curl of ${name} reaches a phone`, async () => {
    await using trial = await startTrial()
    const curls = [...(await guide(name)).matchAll(/^curl [\s\S]*?[^\\]$/gm)]
    for (const [curl] of curls) {
      const { code, stdout } = await trial.run(curl)
      assert.equal(code, 0)
      assert.equal((JSON.parse(stdout) as { recipients: number }).recipients, 1)
    }
    await trial.quiet()
    const { messages } = (await (await fetch(`${trial.simulator}/_sim/messages?userid=zhangsan`)).json()) as {
      messages: { body: { text: { content: string } } }[]
    }
    assert.deepEqual(
      messages.map(({ body }) => body.text.content),
      ["磁盘 91%", "磁盘 91%"],
    )
  })
}

// proves 30.shell: both languages
test("both languages of each page type the same, and half of the pages at least type something", async () => {
  let typing = 0
  for (const name of PAGES) {
    const [en, zh] = await Promise.all([`${name}.md`, `${name}.zh-CN.md`].map(guide))
    assert.deepEqual(typed(zh), typed(en), name)
    if (typed(en).length > 0) typing++
  }
  assert.ok(typing * 2 > PAGES.length, `${typing} of ${PAGES.length}`)
})

// proves 30.shell: what is not run, and why
test("examples that are not run give a reason, the same in both languages, and are twenty at most", async () => {
  const pages = await Promise.all(
    PAGES.map(async (name) => ({ name, reasons: reasonsNotRun(await guide(`${name}.md`)) })),
  )
  for (const { name, reasons } of pages) {
    assert.deepEqual(reasonsNotRun(await guide(`${name}.zh-CN.md`)), reasons, name)
  }
  const all = pages.flatMap(({ name, reasons }) => reasons.map((reason) => `${name}: ${reason}`))
  assert.ok(all.length <= MOST_NOT_RUN, `${all.length}:\n${all.join("\n")}`)
  assert.ok(all.length > 0)
})

// proves 30.shell: no command is only to be read
test("a command is in a block that runs, not in a block of text", async () => {
  for (const name of [...PAGES, "README"].flatMap((page) => [`${page}.md`, `${page}.zh-CN.md`])) {
    const typed = [...(await guide(name)).matchAll(/^```text\n(?:curl|wecom-push|npx|npm|get|post) .*/gm)]
    assert.deepEqual(typed.map(String), [], name)
  }
})

function pageWith(script: string, output = ""): string {
  return `# A page\n\n\`\`\`sh\n${script}\n\`\`\`\n${output}`
}

async function tryExample(trial: Trial, example: ShellExample): Promise<void> {
  const { line, script, output, exitCode, untilStopped } = example
  const ran = await (untilStopped ? trial.runUntilItListens(script) : trial.run(script))
  const told = `line ${line}: ${script}\nanswered (exit ${ran.code}):\n${ran.stdout}${ran.stderr}`
  assert.equal(ran.code, exitCode, told)
  if (output !== undefined) assert.ok(isShown(output, ran.stdout), `${told}\ninstead of:\n${output}`)
  await trial.quiet()
}

/** The commands without parts that may differ between languages: texts of messages, comments, and the requested language. */
function typed(markdown = ""): string[] {
  return shellExamples(markdown).map(({ script }) =>
    script
      .replaceAll(/ -H "Accept-Language: (?:en|zh)"/g, "")
      .replaceAll(/ {2,}# .*$/gm, "")
      .replaceAll(/((?:--text|--markdown|"title":) )"[^"]*"/g, '$1"…"')
      .replaceAll(/\s+/g, " "),
  )
}

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Trial extends AsyncDisposable {
  readonly simulator: string
  /** Runs a script in the shell of the trial, so that later examples see its variables. The shell ends at an unset variable. */
  run(script: string): Promise<Ran>
  /** Starts the program of each line, and stops it once it has printed its address. */
  runUntilItListens(script: string): Promise<Ran>
  /** Resolves when all messages that can be finished now are finished. */
  quiet(): Promise<void>
}

/** `npx wecom-push serve --simulator` in a folder of its own, on ports that are free, and a shell beside it. */
async function startTrial(): Promise<Trial> {
  await using started = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), "wecom-push-guide-"))
  started.defer(() => rm(home, { recursive: true, force: true }))
  const { command, home: installed } = packed()
  const compiled = { NODE_COMPILE_CACHE: join(installed, "compiled") }
  const { url, simulator } = await serve(started, home)

  // The command for npx, and the globally installed one.
  await writeProgram(join(home, "npx"), `shift\nexec "${process.execPath}" "${command}" "$@"`)
  await writeProgram(join(home, "wecom-push"), `exec "${process.execPath}" "${command}" "$@"`)
  const env = {
    PATH: `${home}:${await pathWithCurl(home)}`,
    HOME: home,
    XDG_CACHE_HOME: join(home, "cache"),
    LC_ALL: "C.UTF-8",
    ...compiled,
  }
  const shell = spawn("bash", ["--noprofile", "--norc", "-u"], { cwd: home, env, stdio: ["pipe", "pipe", "inherit"] })
  const ended = once(shell, "exit")
  started.defer(async () => {
    shell.kill()
    await ended
  })
  const lines = createInterface(shell.stdout)[Symbol.asyncIterator]()
  const kept = started.move()
  return {
    simulator: simulator.base_url,
    async run(script) {
      const here = script
        .replaceAll("http://127.0.0.1:7788", url)
        .replaceAll("http://127.0.0.1:7780", simulator.base_url)
      await writeFile(join(home, "example.sh"), here)
      // The exit code of the first command that fails, not only of the last one.
      shell.stdin.write(
        "example=0; trap 'example=$?' ERR; source ./example.sh >example.out 2>example.err; trap - ERR; echo $example\n",
      )
      const { value } = (await lines.next()) as { value: string | undefined }
      const [stdout, stderr] = await Promise.all(
        ["example.out", "example.err"].map((file) => readFile(join(home, file), "utf8")),
      )
      return { code: Number(value), stdout: stdout ?? "", stderr: stderr ?? "" }
    },
    async runUntilItListens(script) {
      for (const line of script.trimEnd().split("\n")) {
        const [, program = "", options = ""] = /^(?:npx )?wecom-push (\w+)([^#]*)/.exec(line) ?? []
        // On a free port, as the gateway of this trial.
        const argv = [
          program,
          ...options
            .replace(/ --port \d+/, "")
            .trim()
            .split(/\s+/)
            .filter(Boolean),
          "--port",
          "0",
        ]
        await using running = start(argv, home, compiled, { launcher: command })
        await running.says(/https?:\/\/\S+:\d+/)
        running.child.kill("SIGTERM")
        const { code, stdout, stderr } = await running.ended()
        if (code !== 0) return { code: code ?? -1, stdout, stderr }
      }
      return { code: 0, stdout: "", stderr: "" }
    },
    async quiet() {
      for (const state of ["queued", "sending"]) {
        for (;;) {
          const answer = await fetch(`${url}/v1/messages?state=${state}`, {
            headers: { authorization: "Bearer wp_simulator" },
          })
          const { items } = (await answer.json()) as { items: { problem: object | null }[] }
          if (items.every(({ problem }) => problem !== null)) break
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface Served {
  readonly url: string
  readonly simulator: { readonly base_url: string }
}

/** It stops when `resources` are given back. */
async function serve(resources: AsyncDisposableStack, home: string): Promise<Served> {
  const { server } = packed()
  const answer = async (): Promise<unknown> => {
    const [said] = (await Promise.race([once(server, "message"), once(server, "exit")])) as [unknown]
    return said
  }
  server.send(home)
  resources.defer(async () => {
    server.send("stop")
    assert.equal(await answer(), 0)
  })
  const announced = await answer()
  assert.ok(typeof announced === "object" && announced !== null, `it has ended with ${String(announced)}`)
  return announced as Served
}

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
}
