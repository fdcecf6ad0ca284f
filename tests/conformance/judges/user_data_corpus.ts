import { Buffer } from "node:buffer";
import { damagedByGo, LINUX, noCloudData, WINDOWS } from "../../support/kubevirt.ts";
import { startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { expectAtLeast } from "./judge.ts";

/** The folders of a corpus: what happens to the files in them. */
export type Expected = "carried" | "untouched" | "gives_up";

/** The folders of each corpus, with their least number of files, so that files cannot get lost unnoticed. */
const FOLDERS: Readonly<Record<"linux" | "windows", readonly (readonly [Expected, number])[]>> = {
  linux: [["carried", 60], ["untouched", 15], ["gives_up", 1]],
  windows: [["carried", 40], ["untouched", 8]],
};

/** A file of the corpus, and what the sidecar returned for it. */
export interface Specimen {
  /** The file's name with its folder, such as `carried/script-sh.txt`. */
  readonly name: string;
  readonly expected: Expected;
  /** Path of the original user data. */
  readonly original: string;
  /** Path of what the sidecar returned. */
  readonly result: string;
}

/**
 * Calls the sidecar with every file of a corpus, and writes originals and results to `scratch`.
 *
 * @param corpus the folder that holds `carried/`, `untouched/` and, for Linux, `gives_up/`
 * @param guest the guest of the VM with the user data
 */
export async function putThroughSidecar(
  corpus: string,
  guest: "linux" | "windows",
  scratch: string,
): Promise<Specimen[]> {
  await Deno.remove(scratch, { recursive: true }).catch(() => {});
  await Deno.mkdir(scratch, { recursive: true });
  await using sidecar = await startSidecar({ args: ["--log-level", "error"] });
  const launcher = new VirtLauncher(sidecar.socket);
  const specimens: Specimen[] = [];
  for (const [expected, least] of FOLDERS[guest]) {
    const files = await filesOf(`${corpus}/${expected}`);
    expectAtLeast(least, files.length, `user data in ${corpus}/${expected}`);
    for (const file of files) {
      const bytes = await readUserData(`${corpus}/${expected}/${file}`);
      const number = String(specimens.length).padStart(3, "0");
      const original = `${scratch}/${number}.original`;
      const result = `${scratch}/${number}.result`;
      await Deno.writeFile(original, bytes);
      await Deno.writeTextFile(result, await throughSidecar(launcher, guest, bytes));
      specimens.push({ name: `${expected}/${file}`, expected, original, result });
    }
  }
  return specimens;
}

/** The names of a folder's files, in order. */
export async function filesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (entry.isFile) names.push(entry.name);
  return names.sort();
}

/** The user data in a file; a `.b64` file has it in base64. */
async function readUserData(path: string): Promise<Uint8Array> {
  return path.endsWith(".b64")
    ? new Uint8Array(Buffer.from(await Deno.readTextFile(path), "base64"))
    : await Deno.readFile(path);
}

/**
 * The user data that virt-launcher would write to the disk. As with KubeVirt, bytes that are not UTF-8 are damaged in the
 * request, and not in the VMI.
 */
async function throughSidecar(
  launcher: VirtLauncher,
  guest: "linux" | "windows",
  bytes: Uint8Array,
): Promise<string> {
  const { vmi } = guest === "linux" ? LINUX : WINDOWS;
  const spec = vmi.spec as { readonly volumes: readonly { readonly name: string }[] };
  const others = spec.volumes.filter((volume) => volume.name !== "cloudinit");
  const cloudInitNoCloud = { userDataBase64: Buffer.from(bytes).toString("base64") };
  const { UserData } = await launcher.preCloudInitIso({
    vmi: {
      ...vmi,
      spec: { ...spec, volumes: [...others, { name: "cloudinit", cloudInitNoCloud }] },
    },
    cloudInitData: noCloudData(damagedByGo(bytes)),
  });
  return UserData;
}
