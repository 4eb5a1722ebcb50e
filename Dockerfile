# JupyterLab with the lessons: docker build -t deep-networks . && docker run -p 8888:8888 deep-networks
FROM python:3.12-slim

RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home reader
USER reader
WORKDIR /home/reader/lessons
COPY --chown=reader requirements.txt pyproject.toml Makefile README.md LICENSE ./
COPY --chown=reader helpers helpers
RUN make .venv/.installed
COPY --chown=reader . .
EXPOSE 8888
CMD ["make", "lab", "LAB_FLAGS=--no-browser --ip=0.0.0.0"]
