import type { Reading } from "./adapter.ts"
import { listAt, objectAt, textAt } from "./fields.ts"
import type { JsonObject } from "../kit/json-object.ts"
import { colored, linked, markdownOf, plain } from "./markdown.ts"
import type { Color } from "./markdown.ts"

/**
 * Reads an event of a repository from GitHub, Gitea or GitLab, which have two sets of names for the same things.
 * @param event the event's name from the header
 * @returns undefined if it names neither a repository nor an organisation
 */
export function readEvent(body: JsonObject | undefined, event: string): Reading | undefined {
  const repository = objectAt(body, "repository") ?? objectAt(body, "project") ?? objectAt(body, "organization")
  if (body === undefined || repository === undefined) return undefined
  const name =
    textAt(body, "project", "path_with_namespace") ?? textAt(repository, "full_name") ?? textAt(repository, "name")
  const thing = thingIn(body)
  const action = textAt(body, "action") ?? textAt(body, "object_attributes", "action")
  const result = resultIn(body)
  const who =
    textAt(body, "sender", "login") ??
    textAt(body, "user_username") ??
    textAt(body, "user", "username") ??
    textAt(body, "user_name") ??
    textAt(body, "pusher", "name")
  const commits = listAt(body, "commits")
  return {
    content: markdownOf([
      `**${plain(name ?? textAt(repository, "login") ?? "")}** ${plain([event.replaceAll("_", " "), action].filter(Boolean).join(" "))}${result === undefined ? "" : ` ${colored(result.color, result.word)}`}`,
      branchOf(body),
      thing && linked(thing.title, thing.url),
      ...commits.slice(0, MOST_COMMITS).map((commit) => lineOf(commit)),
      commits.length > MOST_COMMITS ? colored("comment", `还有 ${commits.length - MOST_COMMITS} 次提交`) : undefined,
      who && colored("comment", who),
    ]),
    priority: result?.color === "warning" ? "high" : undefined,
    overflow: "truncate",
  }
}

const MOST_COMMITS = 5

function branchOf(body: JsonObject): string | undefined {
  const ref = textAt(body, "ref")?.replace(/^refs\/(?:heads|tags)\//, "")
  return ref === undefined ? undefined : `> ${plain(ref)}`
}

function lineOf(commit: unknown): string {
  const id = textAt(commit, "id")?.slice(0, 8) ?? ""
  const [title = ""] = (textAt(commit, "message") ?? "").split("\n")
  return `${linked(id, textAt(commit, "url"))} ${plain(title)}`
}

interface Thing {
  readonly title: string
  readonly url: string | undefined
}

/** The subject of the event, the most specific one first: a comment before its issue. */
function thingIn(body: JsonObject): Thing | undefined {
  for (const place of THINGS) {
    const found = objectAt(body, place)
    if (found === undefined) continue
    const title =
      textAt(found, "title") ??
      textAt(found, "name") ??
      textAt(found, "tag_name") ??
      textAt(found, "note") ??
      textAt(found, "body") ??
      textAt(found, "display_title") ??
      textAt(found, "ref")
    if (title !== undefined)
      return { title: title.slice(0, 300), url: textAt(found, "html_url") ?? textAt(found, "url") }
  }
  return undefined
}

const THINGS =
  "comment review release workflow_run check_run check_suite deployment_status alert pull_request issue discussion object_attributes commit".split(
    " ",
  )

const RESULTS: ReadonlyMap<string, Color> = new Map([
  ...["failure", "failed", "error", "timed_out", "canceled", "cancelled"].map((word) => [word, "warning"] as const),
  ...["success", "passed", "fixed"].map((word) => [word, "info"] as const),
])

function resultIn(body: JsonObject): { readonly word: string; readonly color: Color } | undefined {
  const word =
    textAt(body, "workflow_run", "conclusion") ??
    textAt(body, "check_run", "conclusion") ??
    textAt(body, "check_suite", "conclusion") ??
    textAt(body, "deployment_status", "state") ??
    textAt(body, "object_attributes", "status") ??
    textAt(body, "state")
  const color = RESULTS.get(word ?? "")
  return word === undefined || color === undefined ? undefined : { word, color }
}
