#!/usr/bin/env node
// Plain JavaScript that even an old Node can read: it finds a Node that can run the rest, or says which one is needed.
const oldestMajor = 24

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  await runHere()
} else {
  await runOnPinnedNode()
}

async function runHere() {
  const { existsSync } = process.getBuiltinModule("node:fs")
  const source = new URL("../src/main.ts", import.meta.url)
  const isCheckout = existsSync(source)
  if (isCheckout) {
    // The condition must be added here: npm links this file, and passes no --conditions.
    process.getBuiltinModule("node:module").registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: ["wecom-push-source", ...(context.conditions ?? [])] }),
    })
  } else {
    cacheCompiledCode()
  }
  const { main } = await import(isCheckout ? source.href : new URL("../dist/main.js", import.meta.url).href)
  // Not process.exit(): what is still being written to a pipe would be lost.
  process.exitCode = await main(process.argv.slice(2))
}

/** Spares a start most of the compiling; NODE_DISABLE_COMPILE_CACHE switches it off. The folder is writable for this user alone. */
function cacheCompiledCode() {
  const { env } = process
  const cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`)
  if (cache && isOwnFolder(`${cache}/wecom-push`)) {
    process.getBuiltinModule("node:module").enableCompileCache(`${cache}/wecom-push/compiled`)
  }
}

/** Made for its owner alone if it is not there; what another user has compiled must not run here. */
function isOwnFolder(path) {
  const { lstatSync, mkdirSync, statSync } = process.getBuiltinModule("node:fs")
  for (const folder of [path.replace(/\/[^/]*$/, ""), path]) {
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch {
      // It is there, or cannot be.
    }
  }
  try {
    const uid = process.getuid?.()
    const folder = statSync(path)
    return uid === undefined || (lstatSync(path).uid === uid && folder.uid === uid && (folder.mode & 0o022) === 0)
  } catch {
    return false
  }
}

async function runOnPinnedNode() {
  const { createRequire } = await import("node:module")
  const { spawn } = await import("node:child_process")
  const { fileURLToPath } = await import("node:url")
  const platform = process.platform === "win32" ? "win" : process.platform
  let node
  try {
    const file = process.platform === "win32" ? "bin/node.exe" : "bin/node"
    node = createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/${file}`)
  } catch {
    process.stderr.write(
      `wecom-push needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}. Install Node ${oldestMajor} and run it again.\n` +
        `wecom-push 需要 Node ${oldestMajor} 或更新版本，当前是 Node ${process.versions.node}。请安装 Node ${oldestMajor} 后重试。\n`,
    )
    process.exitCode = 2
    return
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" })
  // A terminal sends Ctrl-C to both; only the child may decide what it means.
  process.on("SIGINT", () => {})
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  process.on("SIGHUP", () => child.kill("SIGHUP"))
  process.exitCode = await new Promise((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? { SIGINT: 130, SIGHUP: 129 }[signal] ?? 143))
  })
}
