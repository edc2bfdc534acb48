import '../ui/base.css'
import '../prompt/prompt.css'
import '../console/console.css'
import './headless.css'
import { createRoot } from 'react-dom/client'
import { Headless } from './Headless.tsx'

createRoot(document.getElementById('root')!).render(<Headless />)
