import type { Adapter, Reading } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { objectAt, textAt } from "../fields.ts"
import { acceptedAs } from "../hooks.ts"
import type { InboundCall } from "../inbound-call.ts"
import { colored, linked, markdownOf, plain } from "../markdown.ts"

/** The JSON of Jenkins' Notification plugin. @see https://plugins.jenkins.io/notification/ */
export const adapter: Adapter = {
  read: (call) => readBuild(call) ?? asText(call, "Jenkins"),
  accepted: acceptedAs,
}

function readBuild(call: InboundCall): Reading | undefined {
  const body = call.object()
  const build = objectAt(body, "build")
  const name = textAt(body, "display_name") ?? textAt(body, "name")
  if (build === undefined || name === undefined) return undefined
  const status = textAt(build, "status")
  const phase = textAt(build, "phase")
  const isBad = status === "FAILURE" || status === "UNSTABLE"
  const color = isBad ? "warning" : status === "SUCCESS" ? "info" : "comment"
  const branch = textAt(build, "scm", "branch")
  return {
    content: markdownOf([
      `**${colored(color, status ?? phase ?? "")}** ${linked(`${name} #${textAt(build, "number") ?? ""}`, textAt(build, "full_url"))}`,
      [phase, branch]
        .filter((word) => word !== undefined)
        .map(plain)
        .join(" "),
    ]),
    priority: isBad ? "high" : undefined,
    overflow: "truncate",
  }
}
