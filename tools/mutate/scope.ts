import { matchesGlob } from "node:path"

/** The files that are changed: all code behind promises. `--files` names others. */
export const CHANGED: readonly string[] = [
  "packages/protocol/src/delivery/**/*.ts",
  "packages/gateway/src/{model,delivery,people,limits,channels}/**/*.ts",
]

/** Never changed. */
export const LEFT_ALONE: readonly string[] = ["**/*.test.ts", "**/testing/**", "**/*.d.ts"]

/** Tests that may notice a change, beside those of {@link BY_DOORS}. Others run the code too, but less directly and slowly. */
export const TESTS: readonly string[] = [
  "packages/{protocol,sdk}/src/**/*.test.ts",
  "packages/gateway/src/{model,delivery,people,limits,channels,store}/**/*.test.ts",
]

interface ByDoors {
  readonly files: readonly string[]
  readonly tests: readonly string[]
}

/** Code that is tested through the doors: these slow tests run only for these files. */
export const BY_DOORS: readonly ByDoors[] = [
  // Group chats.
  {
    files: [
      "packages/gateway/src/delivery/commands/chats.ts",
      "packages/gateway/src/channels/app-chat/*.ts",
      "packages/gateway/src/limits/chat-person-times.ts",
    ],
    tests: [
      "packages/gateway/src/doors/http/{chats,made-chats,chat-person-times}.test.ts",
      "packages/gateway/src/doors/compat/{chats/chats,send/send-to-chat}.test.ts",
    ],
  },
  // Smart robots.
  {
    files: ["packages/gateway/src/channels/smart-robot/*.ts", "packages/protocol/src/delivery/kinds/smart-robot.ts"],
    tests: ["packages/gateway/src/doors/http/{bots,several-bots,holder-of-bots,lost-frames,secret-changed}.test.ts"],
  },
  // Group robots.
  {
    files: ["packages/gateway/src/channels/group-robot/*.ts", "packages/protocol/src/delivery/kinds/group-robot.ts"],
    tests: ["packages/gateway/src/doors/http/robots.test.ts"],
  },
  // Messages with `else`: members whom the robot cannot reach get the message from the app that `else` names.
  {
    files: [
      "packages/gateway/src/delivery/call/{call-planner,message-delivery,recover-calls,run-context,update-recipients}.ts",
      "packages/gateway/src/delivery/queue/{waiters-for-other,worker}.ts",
    ],
    tests: ["packages/gateway/src/doors/http/bots.test.ts"],
  },
  // Cards.
  {
    files: ["packages/gateway/src/delivery/commands/{calls-of-members,card-update-reply,change-card,code-book}.ts"],
    tests: [
      "packages/gateway/src/doors/http/{bots,else-pressed}.test.ts",
      "packages/gateway/src/doors/compat/{update-card,update-task-card}.test.ts",
    ],
  },
  // Recalls.
  {
    files: ["packages/gateway/src/delivery/commands/{commands,long-recalls,parts-sent,recall-calls}.ts"],
    tests: [
      "packages/gateway/src/doors/http/{bots,chats,long-recall,parts}.test.ts",
      "packages/gateway/src/doors/compat/recall.test.ts",
    ],
  },
  // Traces.
  {
    files: ["packages/gateway/src/delivery/call/call-spans.ts"],
    tests: ["packages/gateway/src/doors/http/spans.test.ts"],
  },
  // The directory of members.
  {
    files: ["packages/gateway/src/people/{directory,kept-reading}.ts"],
    tests: ["packages/gateway/src/doors/http/directory.test.ts"],
  },
  // Apps that change.
  {
    files: ["packages/gateway/src/delivery/{app-runtimes,dispatcher}.ts"],
    tests: ["packages/gateway/src/doors/http/{member-turns,secret-changed}.test.ts"],
  },
]

/** Globs of the tests that may notice a change of the file. */
export function testsOf(file: string): readonly string[] {
  const doors = BY_DOORS.filter(({ files }) => files.some((glob) => matchesGlob(file, glob)))
  return [...TESTS, ...doors.flatMap(({ tests }) => tests)]
}
