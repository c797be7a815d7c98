import { StartRefusal } from "../model/start-refusal.ts"

interface Startable {
  start(): Promise<void>
}

let hasStarted = false

/**
 * Starts the threads that a gateway will need, so that it accepts nothing when one of them cannot start. Runs once per
 * process: a thread that has started here once will start again.
 * @throws {StartRefusal} `no_threads`, with the cause
 */
export async function startOnce(threads: readonly Startable[]): Promise<void> {
  if (hasStarted) return
  try {
    await Promise.all(threads.map((thread) => thread.start()))
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new StartRefusal("no_threads", {
      problem: {
        en: `A worker thread of the gateway cannot be started: ${cause}.`,
        zh: `网关的工作线程无法启动：${cause}。`,
      },
      hint: {
        en: "Install wecom-push again (in a checkout: npm ci), and see that the process may start threads and has memory.",
        zh: "请重新安装 wecom-push（源码目录中运行 npm ci），并检查进程的线程与内存限制。",
      },
      cause: error,
    })
  }
  hasStarted = true
}
