/** How a command is treated that is not simply typed as it is; all others are, and must exit with 0. */
export type How =
  | { readonly kind: "not run"; readonly reason: string }
  /** The command runs until the user presses Ctrl-C, in a terminal of its own. */
  | { readonly kind: "keeps running"; readonly as?: string }
  /** Another command is typed instead, which does the same here. */
  | { readonly kind: "typed as"; readonly as: string; readonly reason: string }

/**
 * A checkout after `git clone`; the same for the second README; an empty folder into which the packed packages were
 * installed.
 */
export type Place = "checkout" | "installed checkout" | "packed"

/** The command in both READMEs. */
const ROBOT = 'npx wecom-push send --robot --text "磁盘 91%"'

/** `npm run image` starts the image by podman. */
const CONTAINERS: Readonly<Record<string, How>> = Object.fromEntries(
  [
    "docker build -f deploy/Dockerfile -t wecom-push .",
    "docker run --rm --network host --name push wecom-push serve --simulator",
    'docker exec push wecom-push send --mobile 13800000001 --text "你好"',
    "docker run --rm --network host --name push -e WECOM_PUSH_MASTER_KEY=$KEY wecom-push serve --simulator --database $DATABASE",
  ].map((command) => [command, { kind: "not run", reason: "needs Docker" }]),
)

const POSTGRES: Readonly<Record<string, How>> = {
  "WECOM_PUSH_MASTER_KEY=$KEY npx wecom-push serve --simulator --database $DATABASE": {
    kind: "not run",
    reason: "needs a PostgreSQL",
  },
}

const checkout: Readonly<Record<string, How>> = {
  ...CONTAINERS,
  ...POSTGRES,
  "npm ci && npm test": { kind: "not run", reason: "takes many minutes; .ci/run does it beside this" },
  "npm start": { kind: "keeps running" },
  "npx wecom-push serve --simulator": { kind: "keeps running" },
  "npx wecom-push init": ownWeCom(),
  [ROBOT]: ownRobot(),
}

/** By the command as written in the READMEs. A command here that is in no README is a fault. */
export const HOW_TYPED: Readonly<Record<Place, Readonly<Record<string, How>>>> = {
  checkout,
  "installed checkout": {
    ...checkout,
    "npm ci && npm run demo": {
      kind: "typed as",
      as: "npm run demo",
      reason: "npm ci was typed for the other README",
    },
  },
  packed: {
    ...CONTAINERS,
    ...POSTGRES,
    "npm ci && npm run demo": { kind: "not run", reason: "there is no checkout" },
    "npm ci && npm test": { kind: "not run", reason: "there is no checkout" },
    "npm start": { kind: "keeps running", as: "npx wecom-push serve --simulator" },
    "npx wecom-push serve --simulator": { kind: "keeps running" },
    "npx wecom-push init": ownWeCom(),
    [ROBOT]: ownRobot(),
  },
}

function ownRobot(): How {
  return {
    kind: "typed as",
    as: 'npx wecom-push send --robot sim-robot --base-url http://127.0.0.1:7780 --text "磁盘 91%"',
    reason: "a real robot needs a group; that of the simulator takes its place",
  }
}

function ownWeCom(): How {
  return {
    kind: "typed as",
    as:
      "WECOM_API_BASE_URL=http://127.0.0.1:7780 WECOM_APP_SECRET=sim-secret-alerts " +
      "npx wecom-push init --corp-id ww0000000000000001 --agent-id 1000002 --mobile 13800000001",
    reason: "a real WeCom needs an account, and here is no terminal; the simulator takes its place",
  }
}

/** Files a README takes for granted, in the folder the commands are typed in. */
export const FILES: Readonly<Record<string, string>> = { "people.txt": "13800000001\n13800000002\n" }

/** The same for TypeScript: the names that a block uses without declaring them. */
export const OWN_WECOM_IN_TYPESCRIPT = {
  written: "{ corpId, secret, agentId }",
  typed:
    '{ baseUrl: "http://127.0.0.1:7780", corpId: "ww0000000000000001", secret: "sim-secret-alerts", agentId: 1000002 }',
} as const
