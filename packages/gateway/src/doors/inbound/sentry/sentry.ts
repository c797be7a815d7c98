import type { Adapter, Reading } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { objectAt, textAt } from "../fields.ts"
import { acceptedAs } from "../hooks.ts"
import type { InboundCall } from "../inbound-call.ts"
import { colored, linked, markdownOf, plain } from "../markdown.ts"
import { headerOf, isSigned } from "../signed.ts"

/** Sentry's webhooks of integrations, and those of its older plugin. @see https://docs.sentry.io/organization/integrations/integration-platform/webhooks/ */
export const adapter: Adapter = {
  verify: (call, secret) => isSigned(headerOf(call, "sentry-hook-signature"), secret, call.body),
  read: (call) => ({
    ...(readIssue(call) ?? asText(call, "Sentry")),
    delivery: headerOf(call, "request-id"),
  }),
  accepted: acceptedAs,
}

function readIssue(call: InboundCall): Reading | undefined {
  const body = call.object()
  const data = objectAt(body, "data")
  const issue =
    objectAt(data, "issue") ??
    objectAt(data, "event") ??
    objectAt(data, "error") ??
    objectAt(data, "metric_alert") ??
    objectAt(body, "event") ??
    data
  const title =
    textAt(issue, "title") ?? textAt(data, "description_title") ?? textAt(issue, "message") ?? textAt(body, "message")
  if (title === undefined) return undefined
  const level = textAt(issue, "level") ?? textAt(body, "level")
  const action = textAt(body, "action")
  const isOver = action === "resolved"
  const isBad = level === "error" || level === "fatal" || action === "critical"
  const url = textAt(issue, "web_url") ?? textAt(issue, "permalink") ?? textAt(data, "web_url") ?? textAt(body, "url")
  const project = textAt(issue, "project", "name") ?? textAt(body, "project_name") ?? textAt(body, "project")
  return {
    content: markdownOf([
      `**${colored(isOver ? "info" : isBad ? "warning" : "comment", isOver ? "已恢复" : (level ?? action ?? "Sentry"))}** ${linked(title, url)}`,
      project && `> ${plain(project)}`,
      plain(textAt(issue, "culprit") ?? textAt(body, "culprit") ?? textAt(data, "description_text") ?? ""),
    ]),
    priority: isBad && !isOver ? "high" : undefined,
    overflow: "truncate",
  }
}
