"""What the browser is asked about a page or component, for their tests: WCAG's contrast of text with what lies below
it, controls without a name."""

from __future__ import annotations

_RATIO = """
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (colors) => {
        canvas.clearRect(0, 0, 1, 1);
        for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
        return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => rgb.map((v) => linear(v / 255))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (element, withOpacity) => {
        const layers = [];
        let opacity = 1;
        for (let e = element; e; e = e.parentElement || e.getRootNode().host) {
            layers.unshift(getComputedStyle(e).backgroundColor);
            if (withOpacity) opacity *= Number(getComputedStyle(e).opacity);
        }
        const back = paint(layers);
        const text = paint([...layers, getComputedStyle(element).color]);
        const seen = text.map((value, i) => opacity * value + (1 - opacity) * back[i]);
        const [a, b] = [light(back), light(seen)].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
    };"""

CONTRASTS = f"""elements => {{{_RATIO}
    return elements.map((element) => ratio(element, false));
}}"""
"""Of elements: the contrast of each."""

QUIETEST = f"""(lowest) => {{{_RATIO}
    const texts = document.createTreeWalker(document.querySelector('[data-testid=stMain]'), NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {{
        const element = node.parentElement;
        if (!node.data.trim()) continue;
        if (!element.checkVisibility({{ opacityProperty: true, visibilityProperty: true }})) continue;
        // A slider's number hangs inside its knob and is seen above it.
        const apart = '[data-testid=stSliderThumbValue], [data-testid=stIconMaterial], style, svg';
        if (element.closest('[disabled], [aria-disabled=true]') || element.closest(apart)) continue;
        const contrast = ratio(element, true);
        if (contrast < lowest) found.push(`${{contrast.toFixed(2)}} ${{node.data.trim().slice(0, 60)}}`);
    }}
    return found;
}}"""
"""Of the lowest contrast allowed: the texts of the page that have less, with theirs."""

NAMELESS = """() => {
    const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
    const roots = [document, ...[...document.querySelectorAll('*')].map((e) => e.shadowRoot).filter(Boolean)];
    const named = (e) => e.getAttribute('aria-label')?.trim() || e.title?.trim() || e.innerText?.trim()
        || [...(e.labels ?? [])].some((l) => l.innerText.trim()) || e.alt?.trim() || e.placeholder?.trim()
        || (e.getAttribute('aria-labelledby') ?? '').split(' ').some((id) => document.getElementById(id)?.innerText);
    const controls = 'button, input, select, textarea, a[href], [role=slider], [role=button], [role=combobox]';
    return roots.flatMap((root) => [...root.querySelectorAll(controls)])
        .filter((e) => shown(e) && !named(e)).map((e) => e.outerHTML.slice(0, 200));
}"""
"""Controls that a screen reader has no name for, as the beginnings of their text."""
