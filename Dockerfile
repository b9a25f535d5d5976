# syntax=docker/dockerfile:1

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo dist --features postgres-tls \
    && cp target/dist/thidua /usr/local/bin/thidua

FROM debian:bookworm-slim
# pg_dump and pg_restore, for `thidua backup` and `thidua restore` on PostgreSQL.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin thidua \
    && install --directory --owner=thidua --group=thidua --mode=0750 /data
COPY --from=build /usr/local/bin/thidua /usr/local/bin/thidua
ENV THIDUA_LISTEN=0.0.0.0:8080 \
    THIDUA_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["thidua"]
CMD ["serve"]
