// Loaded into a gateway by NODE_OPTIONS, and into its threads: ends the process behind so many steps of an upgrade, before
// they are committed. Plain JavaScript, since stripping types takes longer than the rest.
import { subscribe } from "node:diagnostics_channel"

let left = Number(process.env.KILL_AT_STEP)
subscribe("wecom-push:point", ({ point }) => {
  if (point === "migrate.step" && --left === 0) process.kill(process.pid, "SIGKILL")
})
