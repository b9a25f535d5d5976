FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo dist --features postgres-tls \
    && cp target/dist/thidua /usr/local/bin/thidua

FROM debian:12-slim
# pg_dump and pg_restore, for `thidua backup` and `thidua restore`, of each version of PostgreSQL that a server may have.
# Those that Debian has not come from PostgreSQL's own archive, whose key is in a package of Debian's.
ARG POSTGRES_CLIENTS="15 17"
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
    && . /etc/os-release \
    && for version in $POSTGRES_CLIENTS; do \
        package=postgresql-client-$version; \
        if ! apt-cache show "$package" >/dev/null 2>&1; then \
            echo "deb [signed-by=/usr/share/postgresql-common/pgdg/apt.postgresql.org.asc]" \
                "https://apt.postgresql.org/pub/repos/apt $VERSION_CODENAME-pgdg main" >/etc/apt/sources.list.d/pgdg.list; \
            apt-get update; \
        fi \
        && apt-get install --yes --no-install-recommends "$package" || exit 1; \
    done \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin thidua \
    && install --directory --owner=thidua --group=thidua --mode=0750 /data
COPY --from=build /usr/local/bin/thidua /usr/local/bin/thidua
ENV THIDUA_LISTEN=0.0.0.0:8080 \
    THIDUA_DATA_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["thidua", "healthcheck"]
ENTRYPOINT ["thidua"]
CMD ["serve"]
