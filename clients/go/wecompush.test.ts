import { without } from "../../tools/testing/programs.ts"
import { shared } from "../../tools/testing/shared.ts"
import { clientRules } from "../testing/client-rules.ts"
import { buildGo } from "../testing/build-go.ts"

const skip = without("go")
const built = shared(async (resources) =>
  skip === false ? resources.use(await buildGo(import.meta.dirname, "./testing/drive")) : undefined,
)

clientRules("go", () => ({ program: built()?.program ?? "", argv: [] }), skip)
