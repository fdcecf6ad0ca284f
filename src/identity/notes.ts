import type { Note } from "../log/note.ts";
import { foreignVariables, type Identity, identityKind, TOKEN_FILE_VARIABLES } from "./identity.ts";

/** The kinds as people call them. */
export const KIND_NAMES = { "web identity": "IRSA", "pod identity": "EKS Pod Identity" } as const;

/**
 * What the log says of an identity when the sidecar starts. A pod whose VM shares the folder of the other kind does
 * not start the VM, so that no hook is called: the token's folder is named here.
 *
 * @param identity What {@link captureIdentity} has read from the environment.
 */
export function identityNotes(
  environment: Readonly<Record<string, string>>,
  identity: Identity | undefined,
): readonly Note[] {
  if (identity === undefined) return [noIdentityNote(environment)];
  const { kind, tokenFolder } = identity;
  return [
    {
      level: "info",
      message:
        `The pod has its role by ${
          KIND_NAMES[kind]
        }, with the token in ${tokenFolder}. A VM that shares the token by a ` +
        "containerPath volume starts only if the volume has this path.",
    },
    ...foreignNotes(environment, kind),
    ...regionNotes(identity),
  ];
}

/** Says which variables of the other kind are left out. */
function foreignNotes(
  environment: Readonly<Record<string, string>>,
  kind: Identity["kind"],
): readonly Note[] {
  const present = foreignVariables(kind).filter((name) => environment[name]);
  return present.length === 0 ? [] : [{
    level: "warning",
    message:
      `The guest does not get ${
        present.join(" and ")
      }: the pod has the variables of IRSA too, which the AWS ` +
      "SDKs take first. Remove those of one kind.",
  }];
}

/** A warning if an identity has no region, which most AWS clients want; nothing if it has one. */
function regionNotes({ variables }: Identity): readonly Note[] {
  const hasRegion = ["AWS_REGION", "AWS_DEFAULT_REGION"].some((name) => variables.get(name));
  return hasRegion ? [] : [{
    level: "warning",
    message:
      "The pod has a role and no AWS_REGION: the guest gets no region either, and most AWS clients want " +
      "one. Set it in the guest, or with the flag --aws-default-region of the pod identity webhook.",
  }];
}

/** Says why an environment has no identity. */
function noIdentityNote(environment: Readonly<Record<string, string>>): Note {
  const kind = identityKind(environment);
  const reason = kind === undefined
    ? `The environment has neither ${
      TOKEN_FILE_VARIABLES["web identity"]
    } nor the two variables of EKS Pod Identity: ` +
      "the pod's service account has no IAM role"
    : `${
      TOKEN_FILE_VARIABLES[kind]
    } names no absolute path of a file whose name has only letters, digits, ".", ` +
      '"_" and "-", and no "." at its end: the VM gets no role';
  return {
    level: kind === undefined ? "info" : "warning",
    message: `${reason}, and the VM boots as it would without this sidecar.`,
  };
}
