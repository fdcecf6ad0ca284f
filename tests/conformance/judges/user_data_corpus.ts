import { Buffer } from "node:buffer";
import { damagedByGo, LINUX, noCloudData, WINDOWS } from "../../support/kubevirt.ts";
import { startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { expectAtLeast } from "./judge.ts";

/** What a folder of the corpus promises about the files in it. */
export type Expected = "carried" | "untouched" | "gives_up";

/** A corpus' folders, and how many files each has to have at least: it may not shrink unseen. */
const FOLDERS: Readonly<Record<"linux" | "windows", readonly (readonly [Expected, number])[]>> = {
  linux: [["carried", 60], ["untouched", 15], ["gives_up", 1]],
  windows: [["carried", 40], ["untouched", 8]],
};

/** A file of the corpus, and what the sidecar made of it. */
export interface Specimen {
  /** The file's name with its folder, such as `carried/script-sh.txt`. */
  readonly name: string;
  readonly expected: Expected;
  /** Path of the user data as their owner wrote them. */
  readonly original: string;
  /** Path of what the sidecar returned. */
  readonly result: string;
}

/**
 * Puts every file of a corpus through the sidecar and leaves originals and results in `scratch`.
 *
 * @param corpus the folder that holds `carried/`, `untouched/` and, for Linux, `gives_up/`
 * @param guest whose virtual machine the user data belong to
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

/** A file's user data: its bytes as they are, or those that a `.b64` file spells. */
async function readUserData(path: string): Promise<Uint8Array> {
  return path.endsWith(".b64")
    ? new Uint8Array(Buffer.from(await Deno.readTextFile(path), "base64"))
    : await Deno.readFile(path);
}

/**
 * The user data that virt-launcher would write to the disk. As with KubeVirt, what is not UTF-8
 * arrives damaged in the call, and whole in the VMI.
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
