# syntax=docker/dockerfile:1
# .deno-version says which Deno it is; tests/image holds this line to it.
ARG DENO_VERSION=2.9.6

# Compiled where the build runs, for the platform that it is for: nothing is emulated.
FROM --platform=$BUILDPLATFORM denoland/deno:${DENO_VERSION} AS build
ARG TARGETARCH
WORKDIR /source
COPY deno.json deno.lock ./
RUN deno install --frozen
COPY main.ts ./
COPY build ./build
COPY src ./src
RUN case "$TARGETARCH" in \
      amd64) target=x86_64-unknown-linux-gnu ;; \
      arm64) target=aarch64-unknown-linux-gnu ;; \
      *) echo "There is no Deno for $TARGETARCH: build for amd64 or arm64." >&2; exit 1 ;; \
    esac \
 && deno task compile --target "$target"

FROM gcr.io/distroless/cc-debian12:nonroot
ARG VERSION=development
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="eks-irsa-sidecar" \
      org.opencontainers.image.description="A KubeVirt hook sidecar that gives a VM on EKS the IAM role of its service account" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="$SOURCE" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# One arena, and large blocks that go back to the system when they are freed.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072
COPY --from=build /source/dist/eks-irsa-sidecar /usr/local/bin/eks-irsa-sidecar
COPY --from=build /source/dist/third-party-notices.txt /usr/share/doc/eks-irsa-sidecar/
ENTRYPOINT ["/usr/local/bin/eks-irsa-sidecar"]
