import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"

/** Ends a process and all processes that it has started, as far as the system knows them. */
export function endTree(pid: number): void {
  for (const each of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(each, "SIGKILL")
    } catch (error) {
      // It has ended in the meantime.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
    }
  }
}

function descendantsOf(pid: number): readonly number[] {
  const children = Map.groupBy(processes(), ({ parent }) => parent)
  const found: number[] = []
  const look = (parent: number): void => {
    for (const child of children.get(parent) ?? []) {
      found.push(child.pid)
      look(child.pid)
    }
  }
  look(pid)
  return found
}

interface Process {
  readonly pid: number
  readonly parent: number
}

/** All processes with their parents. Windows does not report them: only the process itself is ended there. */
function processes(): readonly Process[] {
  if (process.platform === "linux") return processesOfLinux()
  if (process.platform === "win32") return []
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n")
  return lines.map((line) => {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
    return { pid, parent }
  })
}

/** Reads /proc, because small installations have no `ps`. */
function processesOfLinux(): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The program's name may contain spaces and brackets, so the fields are counted from the last bracket.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8")
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
        return [{ pid: Number(name), parent }]
      } catch {
        // It has ended in the meantime.
        return []
      }
    })
}
