import { asObject, type JsonObject, objectMember } from "../../../src/text/json.ts";
import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { ensureVenv } from "./python_packages.ts";
import { runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

/** The file in the package: OpenAPI schemas of all kinds of an OpenShift cluster, by `GROUP/VERSION/KIND`. */
const SCHEMAS = "*/class_generator/schema/_definitions.json";

const VERSIONS = ["v1", "v1beta1"] as const;

/**
 * The CustomResourceDefinition of OpenShift's HyperConverged resource, with the schemas that a cluster has published. They
 * are in a Python package, which is downloaded and not installed: python/hyper_converged.txt.
 *
 * @throws {JudgeMissing} if it cannot be downloaded
 */
export async function hyperConvergedCrd(
  { repository, cache, progress }: Bench,
): Promise<JsonObject> {
  const requirements = `${repository}/tests/conformance/python/hyper_converged.txt`;
  const folder = `${cache}/hyper-converged`;
  try {
    await onlyOnce(
      `${cache}/hyper-converged.stamp`,
      await Deno.readTextFile(requirements),
      async () => {
        progress("HyperConverged: download its schemas");
        await ensureVenv();
        await runProgram(["python3", "-m", "venv", "--clear", folder]);
        const pip = [`${folder}/bin/python`, "-m", "pip", "download", "--quiet", "--no-deps"];
        await runProgram([...pip, "--no-binary", ":all:", "-d", folder, "-r", requirements]);
        await runProgram(["sh", "-c", `tar -xzf *.tar.gz --wildcards '${SCHEMAS}'`], {
          cwd: folder,
        });
      },
    );
  } catch (error) {
    if (error instanceof JudgeMissing) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot download the schemas of HyperConverged: ${reason}`);
  }
  const found = await runProgram(["sh", "-c", `cat ${SCHEMAS}`], { cwd: folder });
  const all = asObject(JSON.parse(found.stdout));
  return crdOf(objectMember(all, "definitions") ?? all ?? {});
}

function crdOf(schemas: JsonObject): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "hyperconvergeds.hco.kubevirt.io" },
    spec: {
      group: "hco.kubevirt.io",
      names: {
        kind: "HyperConverged",
        listKind: "HyperConvergedList",
        plural: "hyperconvergeds",
        singular: "hyperconverged",
      },
      scope: "Namespaced",
      // The operator's webhook converts between the versions. Without it, an object is stored as it was written.
      versions: VERSIONS.map((name) => ({
        name,
        served: true,
        storage: name === "v1beta1",
        subresources: { status: {} },
        schema: { openAPIV3Schema: structural(schemas[`hco.kubevirt.io/${name}/HyperConverged`]) },
      })),
    },
  };
}

/** A published schema as a CustomResourceDefinition has it: without what the API server adds to it. */
function structural(published: unknown): JsonObject {
  const { namespaced: _, ["x-kubernetes-group-version-kind"]: __, ...schema } =
    asObject(published) ?? {};
  if (schema.properties === undefined) throw new Error("There is no schema of HyperConverged.");
  return {
    ...schema,
    properties: { ...objectMember(schema, "properties"), metadata: { type: "object" } },
  };
}
