// The tests of Durable Streams, as its authors publish them, against the server that the variable SERVER names.
import { runConformanceTests } from "@durable-streams/server-conformance-tests"

runConformanceTests({ baseUrl: process.env.SERVER })
