"""Figures of a suspension's fields on a periodic square: directors with their defects, spectra, order."""

import math

import matplotlib.pyplot as plt
import numpy as np


def defects(axes, fields):
    """Places and charges [(x, y, charge)] of the directors' defects: around a face of four cells the director turns by
    2 pi times the charge, +1/2 or -1/2. From one cell to the next it turns by less than a right angle."""
    (_, vertical), (_, horizontal) = axes
    angle = np.arctan2(fields["director_y"], fields["director_x"])
    loop = [angle, np.roll(angle, -1, 1), np.roll(angle, (-1, -1), (0, 1)), np.roll(angle, -1, 0)]
    turns = sum((after - before + np.pi / 2) % np.pi - np.pi / 2 for before, after in zip(loop, loop[1:] + loop[:1]))
    charge = np.round(turns / np.pi) / 2
    step_y, step_x = vertical[1] - vertical[0], horizontal[1] - horizontal[0]
    return [(horizontal[j] + step_x / 2, vertical[i] + step_y / 2, charge[i, j]) for i, j in np.argwhere(charge)]


def spectrum(axes, parts):
    """Wave numbers and the energy of each shell of one wave number's width, |.|^2 / 2 of the fields in `parts`; the sum
    over shells is the mean over the square. Of the wave numbers that a 2/3 rule keeps."""
    (_, vertical), (_, horizontal) = axes
    step_y, step_x = vertical[1] - vertical[0], horizontal[1] - horizontal[0]
    energy = sum(np.abs(np.fft.fft2(part) / part.size) ** 2 for part in parts) / 2
    ky = 2 * np.pi * np.fft.fftfreq(len(vertical), step_y)
    kx = 2 * np.pi * np.fft.fftfreq(len(horizontal), step_x)
    unit = 2 * np.pi / max(step_x * len(horizontal), step_y * len(vertical))
    shell = np.round(np.hypot(ky[:, None], kx[None, :]) / unit).astype(int)
    sums = np.bincount(shell.ravel(), energy.ravel())
    shells = np.arange(1, min(len(vertical), len(horizontal)) // 3)
    return shells * unit, sums[shells]


def draw_directors(axes, fields, draw):
    """Short lines along the directors, at most 32 each way."""
    (_, vertical), (_, horizontal) = axes
    step = max(1, max(len(vertical), len(horizontal)) // 32)
    pick = (slice(None, None, step), slice(None, None, step))
    draw.quiver(horizontal[::step], vertical[::step], fields["director_x"][pick], fields["director_y"][pick],
                headaxislength=0, headlength=0, headwidth=1, pivot="middle", color="white", scale=40)


def draw_defects(found, draw):
    """Filled circles of charge +1/2, open ones of -1/2; words that count them."""
    for sign, face in ((1, "red"), (-1, "none")):
        places = np.array([(x, y) for x, y, charge in found if charge * sign > 0]).reshape(-1, 2)
        draw.scatter(places[:, 0], places[:, 1], s=60, facecolors=face, edgecolors="red", linewidths=1.5)
    count = [sum(charge * sign > 0 for _, _, charge in found) for sign in (1, -1)]
    return f"defects: {count[0]} of charge +1/2 (filled), {count[1]} of -1/2 (open)"


def draw_spectra(axes, fields):
    """Energy of the flow and of the order over wave numbers, and how often an order occurs."""
    figure, (waves, often) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    angle = 2 * np.arctan2(fields["director_y"], fields["director_x"])
    moment = fields["c"] * fields["order"] * np.exp(1j * angle)
    for name, parts in (("velocity", (fields["u"], fields["v"])), ("second moment z", (moment,))):
        k, energy = spectrum(axes, parts)
        waves.loglog(k[energy > 0], energy[energy > 0], ".-", label=name)
    waves.set_xlabel("wave number k")
    waves.set_ylabel("|.|² / 2 in a shell")
    waves.legend(fontsize=8)
    often.hist(fields["order"].ravel(), bins=50, range=(0, 1), density=True)
    often.set_xlabel("order |z|/c")
    often.set_ylabel("density over cells")
    return figure


def unresolved(summary):
    """A sentence for what the kinetic runs behind a summary did not resolve."""
    sentences = []
    for what, name, section in (("Space", "space_tail", "grid"), ("The angle", "angle_tail", "angle")):
        tail, limit = summary["metrics"].get(name, 0), summary["deck"].get(section, {}).get("tolerance", math.inf)
        if tail > limit:
            sentences.append(f"{what} is not resolved: {name} is {tail:.1e}, above {section}.tolerance = {limit:.1e}.")
    return sentences
