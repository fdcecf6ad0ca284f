import { repositoryPath } from "../support/paths.ts";
import { type Guest, type Image, image, virtiofsd } from "./guests.ts";
import { Libvirt, QEMU_USER } from "./libvirt.ts";
import { PodNetwork } from "./pod_network.ts";
import { interruption, run } from "./process.ts";
import { Turns } from "./turns.ts";

/** What all machines of one run of the tier share. */
export interface Rig {
  readonly libvirt: Libvirt;
  /** Of the pod in which libvirt runs, and of its node. */
  readonly network: PodNetwork;
  readonly virtiofsd: string;
  /** A scratch folder with a short name, removed at the end. */
  readonly scratch: string;
  /** Where logs are kept after the end. */
  readonly logs: string;
  /** Of each guest by its name; some may still be under construction. */
  readonly images: ReadonlyMap<string, Promise<Image>>;
  /** A short name for the next domain: it becomes part of the name of a socket. */
  nextDomain(): string;
  /** Who may start a machine of a certain UUID. */
  readonly turns: Turns;
}

/**
 * Starts libvirt, and starts to build the images that are missing. What it starts and makes is put onto the stack, so that
 * disposing of that ends and removes all of it.
 */
export async function setUp(
  guests: readonly Guest[],
  stack: AsyncDisposableStack,
  progress: (line: string) => void,
): Promise<Rig> {
  const logs = repositoryPath(".cache/guest-logs");
  await Deno.remove(logs, { recursive: true }).catch(() => {});
  await Deno.mkdir(logs, { recursive: true });

  // In /tmp whatever TMPDIR says: the name of a socket has at most 107 bytes.
  const scratch = await Deno.makeTempDir({ dir: "/tmp", prefix: "irsa-" });
  stack.defer(() => Deno.remove(scratch, { recursive: true }));
  await Deno.chmod(scratch, 0o755);

  const network = stack.use(await PodNetwork.create(`${scratch}/n`, logs));
  // libvirtd first probes every QEMU of the machine, which takes a while.
  const home = `${scratch}/l`;
  await Deno.mkdir(home);
  await giveToQemu(home);
  const starting = Libvirt.start(home, `${logs}/libvirtd.log`, network.inPod);
  stack.defer(async () => {
    const started = await starting.catch(() => undefined);
    await started?.[Symbol.asyncDispose]();
  });
  const program = virtiofsd();
  const images = buildImages(guests, scratch, progress);
  // All builds end before the run does, so that none is left incomplete.
  stack.defer(async () => {
    await Promise.allSettled([program, ...images.values()]);
  });
  const [virtiofsdFolder, libvirt] = await Promise.all([
    program.then((folder) => readableFolder(folder, `${scratch}/virtiofsd`)),
    starting,
  ]);
  progress("libvirtd of the rig: answers");
  let domains = 0;
  const nextDomain = () => `default_vm-${++domains}`;
  return {
    libvirt,
    network,
    virtiofsd: virtiofsdFolder,
    scratch,
    logs,
    images,
    nextDomain,
    turns: new Turns(),
  };
}

/**
 * Starts to build the images, two at a time: building is unpacking, compressing and waiting for the mirror.
 * A guest's machines start as soon as its own image is there.
 */
function buildImages(
  guests: readonly Guest[],
  scratch: string,
  progress: (line: string) => void,
): ReadonlyMap<string, Promise<Image>> {
  const images = new Map<string, Promise<Image>>();
  const builders: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  for (const [index, guest] of guests.entries()) {
    const free = builders[index % builders.length];
    const built = Promise.resolve(free).then(async () => {
      if (interruption.signal.aborted) throw new Error("Interrupted");
      const started = Date.now();
      const ready = await readable(await image(guest), `${scratch}/${guest.name}`);
      progress(`image of ${guest.title}: ready after ${seconds(started)}`);
      return ready;
    });
    images.set(guest.name, built);
    // A failure affects only the users of that image, and not the other builds.
    builders[index % builders.length] = built.catch(() => {});
  }
  return images;
}

/** Makes QEMU's user the owner of a file. */
export async function giveToQemu(path: string): Promise<void> {
  await run("chown", [QEMU_USER, path]);
}

/** The image itself if QEMU's user can read it where it is, else a copy that it can. */
async function readable(built: Image, copy: string): Promise<Image> {
  if (await canRead(`${built.folder}/disk.raw`)) return built;
  const options = ["-r", "--sparse=always", "--reflink=auto"];
  await run("cp", [...options, built.folder, copy], { timeout: 300_000 });
  return { ...built, folder: copy };
}

async function readableFolder(folder: string, copy: string): Promise<string> {
  if (await canRead(`${folder}/virtiofsd`)) return folder;
  await run("cp", ["-r", folder, copy]);
  return copy;
}

async function canRead(path: string): Promise<boolean> {
  return await run("setpriv", [
    "--reuid=65534",
    "--regid=65534",
    "--clear-groups",
    "test",
    "-r",
    path,
  ]).then(() => true, () => false);
}

/** "12 s" since a moment, given in milliseconds. */
export function seconds(since: number): string {
  return `${Math.round((Date.now() - since) / 1_000)} s`;
}
