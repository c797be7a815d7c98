import { FaultyWay, isCommit } from "./faulty-way.ts"

export interface CommitCutterOptions {
  /** Whether the reply to this COMMIT is to be lost. */
  readonly cuts: () => boolean
  readonly onCut?: () => void
}

/**
 * A proxy between a node and its database. It passes a COMMIT on and loses the reply, with the connection: the node
 * cannot know whether it was done.
 * @param url of a database whose server is reached by a socket file
 */
export function commitCutterBefore(url: string, { cuts, onCut }: CommitCutterOptions): Promise<FaultyWay> {
  return FaultyWay.to(url, (sent) => (isCommit(sent) && cuts() ? "cut_after" : undefined), onCut)
}
